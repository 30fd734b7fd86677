"""What a PDF file must be and what it holds: PDF/A, links, fonts."""
