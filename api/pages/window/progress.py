"""How far a bill is on its way: six stages, and a print of the whole by which to see that it moved."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from settlement.bills.reading import BillView

_PAID = ("paid", "settled", "cleared")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: made, scanned, paid, allocated, arrived or cleared; `now` marks the one that is waited for.

    Scanned: a party said who they are, or started to pay. Allocated: treasury and non-tax account have taken each line.
    """

    name: str
    done: bool
    at: datetime | None
    now: bool = False


def stages(view: BillView) -> tuple[Stage, ...]:
    """The stages of a confirmed bill in their order."""
    arrived = [one.at for one in view.steps if (one.machine, one.event) == ("bill", "all_arrived")]
    started = [one.at for one in view.steps if (one.machine, one.event) == ("payment_code", "start")]
    opened = [*started, *([view.code.opened_at] if view.code and view.code.opened_at else [])]
    scanned = bool(opened) or any(one.order_open or one.state != "due" for one in view.shares)
    taken = [one.at for one in view.steps if one.machine == "allocation_line" and one.event in ("receive", "arrive")]
    allocated = bool(view.pieces) and all(one.state in ("received", "arrived") for one in view.pieces)
    found = [
        Stage("made", view.code is not None, view.code.issued_at if view.code else None),
        Stage("scanned", scanned, min(opened, default=None)),
        Stage("paid", view.state in _PAID, view.paid_at),
        Stage("allocated", allocated, max(taken, default=None) if allocated else None),
        Stage("arrived", bool(arrived), arrived[0] if arrived else None),
        Stage("cleared", view.state == "cleared", view.cleared_at),
    ]
    waited = next((place for place, one in enumerate(found) if not one.done), None)
    return tuple(Stage(one.name, one.done, one.at, place == waited) for place, one in enumerate(found))


WORDS_OF = {
    "bill": "bill",
    "payment_code": "code",
    "share": "share",
    "channel_order": "order",
    "allocation_line": "piece",
}
"""Under which name the pages have words for the states of a machine."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that happened to one thing, or to `count` things of a kind together."""

    at: datetime
    machine: str
    state: str
    actor: str
    count: int


def record(view: BillView) -> tuple[Recorded, ...]:
    """Everything that happened, the latest first; what happened to several lines in one go is one row."""
    together = groupby(view.steps, key=lambda one: (one.at, one.machine, one.state, one.actor))
    return tuple(Recorded(*key, count=len(list(steps))) for key, steps in together)[::-1]


def print_of(view: BillView) -> str:
    """A short text that is another one as soon as anything of the bill moved."""
    shares = "".join(f"{one.state[0]}{int(one.order_open)}" for one in view.shares)
    code = f"{view.code.state}{view.code.tries_left}{int(bool(view.code.opened_at))}" if view.code else "none"
    return f"{view.state}-{code}-{shares}-{len(view.steps)}"
