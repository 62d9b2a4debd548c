"""一码关联: everything about a property by its unit code; and unit codes for earlier payments that lack them."""
