"""The gate: decides which commands the Totebox carries out, and records each of them in the audit log."""
