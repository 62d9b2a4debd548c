"""The treasury's statement of income (docs/protocols.md, section 4)."""
