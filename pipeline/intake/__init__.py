"""From a dropped file to an admitted record: watching, claiming, opening, judging, putting away."""
