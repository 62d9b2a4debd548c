"""Decisions on cases: proposed by one person, approved by another, and posted in the same transaction."""

from settlement.adjustments.deciding import ask_and_decide, decide, give_to, reopen
from settlement.adjustments.entries import Entry
from settlement.adjustments.proposing import propose, suggestion

__all__ = ["Entry", "ask_and_decide", "decide", "give_to", "propose", "reopen", "suggestion"]
