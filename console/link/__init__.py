"""PSP, authority half: sessions, pairings, keys, replay."""
