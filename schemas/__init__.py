"""What a record is: shared types, one folder per record type, the procedure, rules and profiles. Data only."""
