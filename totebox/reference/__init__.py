"""Reference data: archetypes, charts of accounts, names for extraction. Operators edit the CSV files; programs never
do.
"""
