"""What a record is: shared types, one folder per record type, the process catalogue, rules and profiles. Data only."""
