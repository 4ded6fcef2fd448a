"""The base of every cartridge: lists, panels, dialogs, keys, and the lines of the frame."""
