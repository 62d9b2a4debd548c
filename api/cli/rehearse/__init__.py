"""`heyi rehearse`: many bills over many days, every fault of the outside world, and the book held against the truth."""

from api.cli.rehearse.command import run_rehearsal

__all__ = ["run_rehearsal"]
