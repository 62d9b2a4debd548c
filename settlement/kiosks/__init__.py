"""Self-service kiosks: who stands before one, and which bills are theirs to see."""
