"""A paper known to be good, and what it tells of this machine: it holds a text without a face and a picture."""

from __future__ import annotations

from pathlib import Path

READY = b"ready\n"
"""What the child says when it is ready to open papers."""
SPECIMEN = Path(__file__).with_name("specimen.pdf")
