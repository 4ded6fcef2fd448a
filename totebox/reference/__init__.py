"""Reference data: archetypes, charts of accounts, known names. Operators edit the CSV files; programs never do."""
