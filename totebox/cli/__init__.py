"""The command line `os-totebox`: its parser, the verbs that work on this host, and their reports."""
