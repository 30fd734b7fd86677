"""The case file as values: numbers, papers, standing, secrecy, notebook pages. Pure: nothing is read or written."""
