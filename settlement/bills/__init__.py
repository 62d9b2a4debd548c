"""The bill: taken in, assessed, confirmed with the institutions."""
