"""How a code stands for the person who opened it: which of the page's states is shown, and what is theirs to pay.

Says no more than is known: a payment counts once the channel said so, and an unpaid code is only called unpaid after
the channel was asked.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from settlement.bills.reading import BillView, LineView, PieceView
from settlement.bills.share_view import ShareView
from settlement.payments.codes import PaymentCode
from settlement.postings import FEES

Name = Literal[
    "active",
    "paying",
    "unknown",
    "paid",
    "next_order",
    "part_paid",
    "nothing_due",
    "expiring",
    "expired",
    "replaced",
    "withdrawn",
]


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A line with what this person pays of it. It may be zero: exempt, or borne by the other side."""

    line: LineView
    amount_fen: int

    @property
    def leg(self) -> str:
        """The way its money goes: 'tax' into the treasury, 'non_tax' into the non-tax account."""
        return "non_tax" if self.line.item in FEES else "tax"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page shows. Before the person has said who they are, `share`, `lines` and `pieces` are empty.

    `unknown`: the time of an order is over and the channel has not said what became of it.
    `replaced`: the bill stands, with another code.
    `next_order`: this person has paid one of several orders, and the next waits for a second confirmation.
    `late`: money came that no share waited for (twice, or after the bill was withdrawn); it is held to be given back.
    """

    name: Name
    share: ShareView | None
    lines: tuple[OwnLine, ...]
    pieces: tuple[PieceView, ...]
    minutes_left: int
    late: bool

    @property
    def moving(self) -> bool:
        """Whether the page should look again by itself: something is on its way and nobody has to act."""
        on_its_way = any(one.state != "arrived" for one in self.pieces)
        return self.name in ("expiring", "unknown") or (self.name == "paid" and on_its_way)

    @property
    def payable(self) -> bool:
        """Whether the button to pay is there."""
        return (
            self.share is not None
            and self.share.left_fen > 0
            and self.name
            in (
                "active",
                "next_order",
                "part_paid",
                "paying",
                "unknown",
            )
        )


def standing(view: BillView, code: PaymentCode, party: str | None, now: datetime) -> Standing:
    """The standing of a code for a party by its side, or for someone who has not said who they are."""
    share = view.share_of(party) if party else None
    own = tuple(_own(line, party) for line in view.lines) if party else ()
    return Standing(
        name=_name(view, code, party, now),
        share=share,
        lines=tuple(one for one in own if one.amount_fen or one.line.payer == party),
        pieces=tuple(one for one in view.pieces if one.payer == party),
        minutes_left=max(int((code.expires_at - now).total_seconds()) // 60, 0),
        late=view.surplus,
    )


def _own(line: LineView, party: str | None) -> OwnLine:
    return OwnLine(line, line.paid_by.get(party or "", 0))


def _name(view: BillView, code: PaymentCode, party: str | None, now: datetime) -> Name:
    share = view.share_of(party) if party else None
    mine = [share] if share else [one for one in view.shares if one.left_fen]
    told: tuple[tuple[bool, Name], ...] = (
        (view.state in ("withdrawn", "refunded"), "withdrawn"),
        (view.state in ("paid", "settled", "cleared"), "paid"),
        (share is not None and share.state == "paid", "paid"),
        (code.state in ("paid", "paid_late"), "paid"),
        (view.code is not None and view.code.id != code.id, "replaced"),
        (code.state == "cancelled", "withdrawn"),
        (code.state == "expired", "expired"),
        (code.state in ("expiring", "cancelling") or now >= code.expires_at, "expiring"),
        (party is not None and share is None, "nothing_due"),
        (any(one.open_until and one.open_until <= now for one in mine), "unknown"),
        (any(one.order_open for one in mine), "paying"),
        (share is not None and share.state == "part_paid", "next_order"),
        (view.state == "part_paid", "part_paid"),
    )
    return next((name for holds, name in told if holds), "active")
