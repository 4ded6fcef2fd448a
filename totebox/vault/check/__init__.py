"""Verification of a whole vault from its bytes."""
