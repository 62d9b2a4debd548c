"""The finance office's non-tax platform and its statement (docs/protocols.md, section 5)."""
