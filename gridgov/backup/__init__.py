"""One file that holds an installation: every row and every attachment, for either database."""
