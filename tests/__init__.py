"""Tests, named after behaviour; grouped by room."""
