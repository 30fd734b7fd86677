"""The register: every row, the ledger behind it, and the case files they tell of; the one door to the database."""
