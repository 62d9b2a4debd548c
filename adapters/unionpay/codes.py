"""What ACP's answer codes mean for an order. 'Not paid' is said only where no money can have moved."""

from settlement.ports.channel import Answer, RefundAnswer

DONE = "00"
NOT_FOUND = "34"
NO_FILE = "98"
TOO_OFTEN = "37"

_PAID = {DONE, "A6", "42"}  # A6: with a defect, 42: the payer was debited after the time limit
_MONEY_MAY_HAVE_MOVED = {"06", "74", "75", "99"}

# Answers to the question itself after which it is asked again: the channel does not know yet, or is asked too often.
ASK_AGAIN = {"03", "04", "05", "06", NOT_FOUND, TOO_OFTEN}


# Answers to a new order after which the money may move yet: at work, unknown, or its number was there before.
MAY_BE_UNDER_WAY = {"", "03", "04", "05", "06", "12", "83", "99"}


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


# Said at once of a refund, these do not tell whether it was taken: 12 means that its number was there before, 45 and
# 46 that the payment was given back before, which may have been by this very refund.
_REFUND_UNDER_WAY = {DONE, "03", "04", "05", "06", "12", "45", "46", "83", "99"}
_REFUND_AT_WORK = {"03", "04", "05", "06", "83", "99"}


def refund_taken(code: str) -> RefundAnswer:
    """What the synchronous answer to a refund means: 00 is 'accepted' and no more."""
    return RefundAnswer.pending if code in _REFUND_UNDER_WAY else RefundAnswer.failed


def refund_answer_of(code: str) -> RefundAnswer:
    """The state of a refund by its own code, as a query says it."""
    if code in (DONE, "A6"):
        return RefundAnswer.done
    if code == NOT_FOUND:
        return RefundAnswer.unknown
    return RefundAnswer.pending if code in _REFUND_AT_WORK else RefundAnswer.failed
