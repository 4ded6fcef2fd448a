"""The composition root: it joins the rooms of one Totebox into one daemon. What only the daemon needs is here too."""
