"""The bill: what is owed and why, who pays, what was paid, where each fen went."""
