"""The words every room uses: records, record types, the procedure, findings, errors, settings, durable writing."""

__version__ = "0.1.0"
PRIVATE_UMASK = 0o077
"""What every command begins with: nothing it makes is anybody else's to read. A shared home widens it to its group."""
