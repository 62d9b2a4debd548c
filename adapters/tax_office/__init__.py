"""The tax office's interface (docs/protocols.md, section 3)."""
