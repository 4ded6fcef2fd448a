"""The subject's half: it obeys and reports. Imported by totebox.link alone."""
