"""One module an entity: its documents, written out."""
