"""The minute book's documents, page by page, and the excerpt that a claim points at. Pure."""
