"""The half that commands. Imported by console.link alone."""
