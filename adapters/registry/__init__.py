"""The land registry's door for clearances (docs/protocols.md, section 6)."""
