"""From case files to sealed volumes and back. Knows no drop folder."""
