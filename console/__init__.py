"""os-console and os-orchestration: the authority side. It commands and holds no record."""
