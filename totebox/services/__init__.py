"""The services of a Totebox, one folder each. A folder's package exports `SPEC`; this list says which run, in start order."""

ROSTER = ("fs", "audit", "people", "extraction", "minutebook")
