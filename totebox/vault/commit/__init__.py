"""From a batch to acknowledged entries: plan, group commit, store, and recovery after a crash."""
