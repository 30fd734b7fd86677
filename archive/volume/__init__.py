"""A volume: what goes into it, how each item is built and all are bound and marked."""
