"""The command `heyi`."""
