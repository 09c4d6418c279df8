"""In and out: tiles, files, and what of a case they may hold."""
