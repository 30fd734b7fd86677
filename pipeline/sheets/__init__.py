"""送签件: signed prints come back as scans, are recognised by their codes and looked at cell by cell."""
