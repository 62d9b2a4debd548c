"""The bank into which a channel settles: one credit for each clearing day, on the next working day, and its fee."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from adapters.simulator.amounts import yuan
from adapters.simulator.settlement_file import cleared
from adapters.simulator.setup import BankSetup, RegionSetup
from adapters.simulator.world import World


@dataclass(frozen=True, slots=True)
class Credit:
    """What a channel settles of one clearing day: payments less refunds, and the fee that it keeps, in fen."""

    key: str
    serial: str
    amount_fen: int
    fee_fen: int

    def with_amount(self, amount_fen: int) -> "Credit":
        return replace(self, amount_fen=amount_fen)

    def renumbered(self, serial: int) -> "Credit":
        """A credit that nobody expects: of no clearing day, and without a fee."""
        return Credit(f"X{serial % 10**7:07d}", f"B{serial:010d}", self.amount_fen, 0)

    def under(self, _serial: int) -> None:
        return None

    def elsewhere(self) -> None:
        return None

    def taken_back(self, serial: int) -> "Credit":
        """A debit that nobody asked for."""
        return Credit(self.key, f"T{serial:010d}", -self.amount_fen, 0)

    @property
    def moved_fen(self) -> int:
        """By how much the account's balance changes."""
        return self.amount_fen - self.fee_fen

    def lines(self, *, beside: bool) -> Iterator[str]:
        """The rows after account and day: net with the fee beside it, or gross and the fee as a debit of its own."""
        net = self.amount_fen - self.fee_fen if beside else self.amount_fen
        word = "贷" if self.amount_fen > 0 else "借"
        yield f"{self.key},{self.serial},{word},{yuan(abs(net))},{yuan(self.fee_fen if beside else 0)}"
        if self.fee_fen and not beside:
            yield f"{self.key},{self.serial}F,手续费,{yuan(self.fee_fen)},0.00"


def credits_of(world: World, region: RegionSetup, day: date) -> list[Credit]:
    """What is credited on a day: every clearing day since the working day before it."""
    if region.bank is None or not world.setup.is_workday(day):
        return []
    found = []
    settled = day - timedelta(days=1)
    while True:
        moved = cleared(world, region, settled)
        amount = sum(-row.amount_fen if row.is_out else row.amount_fen for row in moved)
        fee = sum(fee_of(region.bank, row.amount_fen) for row in moved if not row.is_out)
        if amount:
            found.append(Credit(f"{settled:%Y%m%d}", f"B{settled:%Y%m%d}", amount, fee))
        if world.setup.is_workday(settled):
            return found[::-1]
        settled -= timedelta(days=1)


def first_day(world: World, region: RegionSetup) -> date | None:
    """The first clearing day of which a bank could have credited anything."""
    ours = (order for order in world.orders.values() if order.merchant in region.merchants)
    return min((payment.clearing_day for order in ours for payment in order.payments), default=None)


def fee_of(bank: BankSetup, amount_fen: int) -> int:
    """The channel's fee of one payment, in fen, rounded half up."""
    taken = max(int((amount_fen * bank.rate).quantize(Decimal(1), ROUND_HALF_UP)), bank.least_fen)
    return taken if bank.most_fen is None else min(taken, bank.most_fen)
