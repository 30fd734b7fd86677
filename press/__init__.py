"""From values to documents: the form of a record, its Word file, its archive page, the fonts behind both."""
