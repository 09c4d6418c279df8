"""Files outside the database: checked by their content, kept under their digest."""
