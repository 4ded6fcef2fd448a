"""Every figure aimed at, each a ratio measured side by side in one run."""
