"""What several adapters share of signatures and HTTP. Knows no institution."""
