"""The services, one folder each. A folder's package exports `SPEC`.

Which of them run is a roster: names of folders in start order, one value for each appliance, which the composition root is handed.
"""

ROSTER = ("fs", "audit", "people", "extraction", "minutebook")
"""The roster of a Totebox."""
