"""The gateway of text messages (docs/protocols.md, section 7)."""
