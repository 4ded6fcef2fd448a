"""The headless twin: one command, its answer as text or JSON, no screen."""
