"""Life of a vault as a whole: creation, move, rotation and restore of its keys, export."""
