"""The tax office's certificates and what goes back to it (docs/protocols.md, section 3)."""
