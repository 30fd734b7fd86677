"""Readers get out of the archive what they asked for, and nothing else."""
