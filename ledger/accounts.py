"""Accounts: what they are, and how they are opened and closed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from foundation import clock
from foundation.database import raw
from foundation.errors import Conflict, NotFound
from ledger.errors import AccountNotAllowed

_CODE = re.compile(r"[0-9]{6}:[a-z_]+(:[A-Za-z0-9_.-]+)*")


class AccountKind(StrEnum):
    """What an account's balance means."""

    asset = "asset"
    liability = "liability"
    memo = "memo"


class Side(StrEnum):
    """The side on which an account grows."""

    debit = "debit"
    credit = "credit"


class AccountClass(StrEnum):
    """The closed list of account classes; `ledger.account_class` holds the same list."""

    receivable = "receivable"
    channel_transit = "channel_transit"
    onward_transit = "onward_transit"
    bank = "bank"
    channel_fee = "channel_fee"
    due_treasury = "due_treasury"
    due_non_tax = "due_non_tax"
    surplus = "surplus"
    refunds_payable = "refunds_payable"
    shortage = "shortage"

    @property
    def kind(self) -> AccountKind:
        return _CLASSES[self][0]

    @property
    def normal_side(self) -> Side:
        return Side.credit if self.kind is AccountKind.liability else Side.debit

    @property
    def chinese(self) -> str:
        return _CLASSES[self][1]


_CLASSES = {
    AccountClass.receivable: (AccountKind.asset, "应收税费"),
    AccountClass.channel_transit: (AccountKind.asset, "渠道在途"),
    AccountClass.onward_transit: (AccountKind.asset, "划转在途"),
    AccountClass.bank: (AccountKind.memo, "待结算银行户"),
    AccountClass.channel_fee: (AccountKind.memo, "手续费"),
    AccountClass.due_treasury: (AccountKind.liability, "应缴国库"),
    AccountClass.due_non_tax: (AccountKind.liability, "应缴非税"),
    AccountClass.surplus: (AccountKind.liability, "长款挂账"),
    AccountClass.refunds_payable: (AccountKind.liability, "应付退款"),
    AccountClass.shortage: (AccountKind.asset, "短款挂账"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account. The code is region, class and what tells it from its kin, with colons between:
    `341502:due_treasury:deed_tax:1005160000`.

    `lowest` and `highest` bound its balance in fen on the normal side; they are set at the opening and stay.
    """

    code: str
    region: str
    cls: AccountClass
    lowest: int | None = None
    highest: int | None = None

    def __post_init__(self) -> None:
        if len(self.code) > 128 or not _CODE.fullmatch(self.code):
            raise AccountNotAllowed(
                "code", self.code, "region (6 digits), class, and further parts, with colons between"
            )
        if self.code.split(":")[:2] != [self.region, self.cls]:
            raise AccountNotAllowed("code", self.code, f"a code that begins with {self.region}:{self.cls}")
        if (self.lowest or 0) > 0 or (self.highest or 0) < 0:
            raise AccountNotAllowed(
                "lowest, highest", (self.lowest, self.highest), "bounds with 0, where every account starts, between"
            )


async def open_accounts(db: AsyncConnection, accounts: Iterable[Account]) -> None:
    """Opens those of the accounts that do not exist yet, in the caller's transaction."""
    wanted = sorted({account.code: account for account in accounts}.values(), key=lambda account: account.code)
    if wanted:
        await (await raw(db)).execute(
            "SELECT ledger.open_accounts($1, $2, $3, $4, $5, $6)",
            [account.code for account in wanted],
            [account.region for account in wanted],
            [account.cls.value for account in wanted],
            [account.lowest for account in wanted],
            [account.highest for account in wanted],
            clock.now(),
        )


async def close_account(db: AsyncConnection, code: str, actor: str, reason: str) -> None:
    """Closes an account for good. Raises `NotFound`, or `Conflict` while its balance is not zero."""
    left = await (await raw(db)).fetchval(
        "SELECT ledger.close_account($1, $2, $3, $4)", code, actor, reason, clock.now()
    )
    if left is None:
        raise NotFound(f"there is no account {code}", account=code)
    if left:
        raise Conflict(f"the account {code} holds {abs(left)} fen; clear it before it is closed", account=code)
