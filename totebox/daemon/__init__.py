"""The composition root: it joins the rooms of one Totebox into one daemon, and holds what it alone joins."""
