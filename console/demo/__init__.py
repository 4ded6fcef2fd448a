"""The demonstration: six entities with documents that a person would recognise, taken through F12 by real programs."""
