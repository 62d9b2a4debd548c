"""Windows of a district."""
