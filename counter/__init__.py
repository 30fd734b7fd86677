"""柜台: what the commands print, for people and for programs."""
