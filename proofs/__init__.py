"""Proofs too long for the tests: what must never happen, tried many times. `python -m proofs.<name>`."""
