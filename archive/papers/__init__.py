"""材料: a file that proves a record, opened by intake and by filing alike.

What intake takes is what filing shows: both open a paper with `opening.opened`, and intake goes on to `opening.prove`,
which reads everything the binder will read and looks at every page the binder will draw.
"""
