"""Verification: a whole vault is proved from its bytes."""
