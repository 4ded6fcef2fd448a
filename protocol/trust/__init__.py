"""Trust: keys, pairings, capabilities, roles, proofs and signed notes."""
