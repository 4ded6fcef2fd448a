"""The Textual application: the screen that every cartridge appears on."""
