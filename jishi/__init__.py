"""The words every room uses: records, record types, the process, findings, errors, settings, durable writing."""

__version__ = "0.1.0"
