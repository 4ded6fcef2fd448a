"""The services, one folder each. A folder's package exports `SPEC`.

A roster says which of them run: names of folders in start order, one value for each appliance, handed to the
composition root.
"""

ROSTER = ("fs", "audit", "people", "extraction", "minutebook")
"""The roster of a Totebox."""
