"""The authority's half: it commands. Imported by console.link alone."""
