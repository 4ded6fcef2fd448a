"""What every cartridge stands on."""
