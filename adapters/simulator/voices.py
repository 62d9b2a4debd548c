"""How each channel tells a merchant of money that moved: its fields, its signature, and what counts as taken."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote_plus, urlencode

from adapters.simulator.acp_answers import notification_fields, turned_back
from adapters.simulator.acp_signing import AcpSigning
from adapters.simulator.certificates import Keys
from adapters.simulator.records import Movement, Order, Transaction

Fields = Mapping[str, str]

_KEPT = 1000
"""Signatures kept: the payer's browser brings the same fields that the notification has, and a signature is the
dearest part of a payment."""


class Voice(Protocol):
    """One channel's notifications.

    `said` is before the signature, with some fen more than moved where that is asked. `true` is what the channel
    sends. `forged` is signed by a stranger, `expired` under something that counts no more, `altered` over other fields.
    """

    content_type: str

    def said(self, transaction: Transaction, movement: Movement, more_fen: int = 0) -> Fields: ...
    def true(self, fields: Fields) -> bytes: ...
    def forged(self, fields: Fields) -> bytes: ...
    def expired(self, fields: Fields) -> bytes: ...
    def altered(self, fields: Fields, signed: Fields) -> bytes: ...
    def is_taken(self, status: int, body: str) -> bool: ...
    def brings_back(self, order: Order) -> Fields:
        """What the payer's browser brings to the merchant's page; proof of nothing, though signed."""


class AcpVoice:
    """UnionPay ACP: a form, signed by the merchant's method; HTTP 200 means taken."""

    content_type = "application/x-www-form-urlencoded;charset=UTF-8"

    def __init__(self, keys: Keys) -> None:
        self._signing = AcpSigning(keys)
        self._signed = lru_cache(_KEPT)(self._sign)

    def said(self, transaction: Transaction, movement: Movement, more_fen: int = 0) -> Fields:
        plain = notification_fields(transaction, movement)
        more = {name: str(int(plain[name]) + more_fen) for name in ("txnAmt", "settleAmt")}
        return {**plain, **more}

    def true(self, fields: Fields) -> bytes:
        return _form(self._signed(tuple(sorted(fields.items()))))

    def forged(self, fields: Fields) -> bytes:
        return _form(self._signing.forged(fields))

    def expired(self, fields: Fields) -> bytes:
        return _form(self._signing.expired(fields))

    def altered(self, fields: Fields, signed: Fields) -> bytes:
        return _form({**self._signing.true(signed), **fields})

    def is_taken(self, status: int, body: str) -> bool:
        return status == 200

    def brings_back(self, order: Order) -> Fields:
        plain = notification_fields(order, order.payments[0]) if order.payments else turned_back(order)
        return self._signed(tuple(sorted(plain.items())))

    def _sign(self, fields: tuple[tuple[str, str], ...]) -> Fields:
        return self._signing.true(dict(fields))


def _form(fields: Fields) -> bytes:
    return urlencode(fields, quote_via=_quoted).encode()


_quoted = lru_cache(_KEPT)(quote_plus)
"""What stands in every message, above all a certificate, is quoted once."""
