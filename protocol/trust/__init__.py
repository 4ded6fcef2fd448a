"""Who may, and is it true: keys, pairings, capabilities, roles, proofs, signed notes."""
