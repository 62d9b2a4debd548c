"""People: changed by two."""
