"""The fiscal e-receipt platform (docs/protocols.md, section 5)."""
