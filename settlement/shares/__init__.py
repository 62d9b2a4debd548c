"""Who pays what: the parties' choice, divided to the fen."""

from settlement.shares.splitting import CustomShare, Piece, Split, split

__all__ = ["CustomShare", "Piece", "Split", "split"]
