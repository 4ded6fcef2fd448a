"""Commit of batches: plan, group commit, store, and recovery after a crash."""
