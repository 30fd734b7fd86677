"""Whether a batch may be filed: its dossier, its verdict, the 61 requirements answered, the report."""
