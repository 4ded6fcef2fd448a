"""The Textual application: the screen on which every cartridge is shown."""
