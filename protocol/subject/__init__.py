"""The half that obeys and reports. Imported by totebox.link alone."""
