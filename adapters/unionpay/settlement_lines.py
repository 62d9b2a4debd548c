"""The lines of a ZM settlement file as columns: what of each is read, and what makes one broken.

A line of another merchant among ours keeps that number as its account, one of a test card or test merchant says so
there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.unionpay.fixed_width import Batch, Layout, Numbers
from settlement.ports.statements import TEST

_CARD, AMOUNT, QUERY_ID, _ORDER_ID, _TYPE, _ORIGINAL = 6, 7, 10, 12, 20, 27
MERCHANT, _SUB_MERCHANT, _SUB_NAME, _SUB_AMOUNT, _OWN, _DISCOUNT = 28, 30, 31, 32, 35, 36
NAMES = {
    AMOUNT: "交易金额",
    QUERY_ID: "查询流水号",
    _ORDER_ID: "商户订单号",
    _TYPE: "交易类型",
    MERCHANT: "商户代码",
    _SUB_MERCHANT: "二级商户代码",
    _SUB_NAME: "二级商户简称",
    _SUB_AMOUNT: "二级商户分账入账金额",
    _OWN: "商户自定义域",
    _DISCOUNT: "优惠金额",
}
_FORTY = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15,
    32, 13, 13, 8, 32, 13, 13, 12, 2, 1,
)  # fmt: skip
LAYOUTS: Mapping[Literal["5.0", "5.1"], Layout] = {
    "5.0": Layout(*_FORTY, 131, names=NAMES),
    "5.1": Layout(*_FORTY, 32, 98, names=NAMES),
}

_SIGNS = np.zeros(100, dtype=np.int64)  # by transaction type: consume, bill payment; refund, undo
_SIGNS[[1, 13]] = 1
_SIGNS[[4, 31]] = -1

_LINE = ("line_no", "query_id", "order_id", "sign", "amount_fen", "sub_merchant", "sub_amount_fen", "account")
_TEXTS = {"query_id", "order_id", "sub_merchant", "account"}
NO_LINES = pa.table({name: pa.array([], pa.string() if name in _TEXTS else pa.int64()) for name in _LINE})

_TEST_MERCHANTS = "777"  # with this the numbers of UnionPay's test environment begin (facts: channels D.4)
_SEEN_OF_A_CARD = 8
"""Digits of a card that must be legible for it to be a test card's."""


@dataclass(frozen=True, slots=True)
class Contract:
    """How the files of a merchant are written, and the cards of the channel's test environment."""

    layout: Layout
    merchant: str
    test_cards: tuple[str, ...] = ()


@dataclass(slots=True)
class Told:
    """What a file tells beside its rows, by query id: see `settlement.ports.statements.Beside`."""

    originals: dict[str, str] = field(default_factory=dict)
    discounts: dict[str, int] = field(default_factory=dict)
    part_sums: dict[str, int] = field(default_factory=dict)

    def bears(self, query_id: str, discount_fen: int) -> None:
        """A line's discount: the same on each line is the transaction's, others are parts of it."""
        before = self.discounts.get(query_id, discount_fen)
        self.discounts[query_id] = before if before == discount_fen else before + discount_fen

    def join(self, other: "Told") -> None:
        """Takes over what another one tells."""
        self.originals |= other.originals
        self.discounts |= other.discounts
        self.part_sums |= other.part_sums


def lines_of(batch: Batch, contract: Contract, told: Told) -> pa.Table:
    """The lines of a batch that are as they should be, in the columns of `_LINE`."""
    account = _accounts(batch, contract)
    query_id, order_id = batch.words(QUERY_ID), batch.words(_ORDER_ID)
    sign = _SIGNS[np.minimum(batch.digits(_TYPE, 2), 99)]
    batch.refuse(sign == 0, _TYPE, "01 13 04 31")
    original = batch.cut(_ORIGINAL)
    for place in np.flatnonzero(original[:, 0] != b" "[0]):
        told.originals[query_id[place].as_py()] = original[place].tobytes().decode("ascii", "replace").strip()
    discount = batch.amount_if_any(_DISCOUNT)
    for place in np.flatnonzero(discount):
        told.bears(query_id[place].as_py(), int(discount[place]))
    amount = batch.digits(AMOUNT, 12)
    sub_merchant = batch.words(_SUB_MERCHANT, may_be_blank=True)
    divided = (batch.cut(_SUB_MERCHANT) != b" "[0]).any(axis=1)
    sub_amount = batch.sided_amount(_SUB_AMOUNT, divided)
    batch.refuse(sub_amount > amount, _SUB_AMOUNT, "at most the whole amount")
    batch.text(_SUB_NAME)
    batch.text(_OWN)
    columns: dict[str, pa.Array | Numbers] = {
        "query_id": query_id,
        "order_id": order_id,
        "sign": sign,
        "amount_fen": amount,
        "sub_merchant": sub_merchant,
        "sub_amount_fen": sub_amount,
        "account": account,
    }
    return batch.sound(columns)


def _accounts(batch: Batch, contract: Contract) -> pa.Array:
    """What sets lines apart from the merchant's own business: nothing, another merchant's number, or a test."""
    shown = batch.words(MERCHANT)
    foreign = batch.still_sound & pc.not_equal(shown, contract.merchant).to_numpy(zero_copy_only=False)
    test = foreign & pc.starts_with(shown, _TEST_MERCHANTS).to_numpy(zero_copy_only=False)
    card = batch.cut(_CARD)
    for one in contract.test_cards:
        same = card == np.frombuffer(one.ljust(card.shape[1]).encode(), dtype=np.uint8)
        seen = same & (card != b" "[0])
        test |= (same | (card == b"*"[0])).all(axis=1) & (seen.sum(axis=1) >= _SEEN_OF_A_CARD)
    if not foreign.any() and not test.any():
        return pa.repeat("", len(shown))
    return pc.if_else(pa.array(test), TEST, pc.if_else(pa.array(foreign), shown, ""))
