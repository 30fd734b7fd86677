"""Long proofs: what the product promises, tried through its real commands."""
