"""os-totebox: one isolated vault daemon per entity. The subject side: it obeys and reports."""
