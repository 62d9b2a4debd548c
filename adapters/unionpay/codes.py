"""What ACP's answer codes mean for an order. 'Not paid' is said only where no money can have moved."""

from settlement.ports.channel import Answer

DONE = "00"
NOT_FOUND = "34"
NO_FILE = "98"

_PAID = {DONE, "A6", "42"}  # A6: with a defect, 42: the payer was debited after the time limit
_MONEY_MAY_HAVE_MOVED = {"06", "74", "75", "99"}

# Answers to the question itself after which it is asked again: the channel does not know yet, or is asked too often.
ASK_AGAIN = {"03", "04", "05", "06", NOT_FOUND, "37"}


def answer_of(code: str, time_is_up: bool) -> Answer:
    """The state of an order by its own code.

    Before its time is up an order that failed, is unknown or in work may still be paid (the same order can be tried
    again with another card), so only the time limit makes it final.
    """
    if code in _PAID:
        return Answer.paid
    if code in _MONEY_MAY_HAVE_MOVED or not time_is_up:
        return Answer.pending
    return Answer.not_paid
