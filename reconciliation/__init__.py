"""Our book held against everyone else's, day by day."""
