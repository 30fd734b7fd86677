"""Rules and profiles: Schematron compiled and run, thresholds of a locality, what blanks count as."""
