"""What a document looks like: one folder per form, Word and archive form side by side. Data only."""
