"""Exchanges: what went over the networks of treasury and finance, word for word, and the networks' own days."""
