"""Districts configured by two."""
