"""A district's configuration over time: its file to start with, then versions that two administrators agreed on."""
