"""The documents of F5, page by page. Pure."""
