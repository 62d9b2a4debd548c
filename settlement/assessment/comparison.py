"""What changes between two days or two sets: the rules that differ, and what that does to a set of cases."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from foundation.errors import HeyiError
from settlement.assessment.resolution import Timetable
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.transaction import Transaction
from settlement.assessment.wording import rule_words


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A set as it stands on a day in a region."""

    rules: RuleSet
    region: str
    day: date

    def rule_texts(self) -> dict[tuple[str, str, str], str]:
        """What each rule in force says, by definition, payer and rule."""
        region = self.rules.region(self.region)
        timetables: Iterable[Timetable] = (*region.charges, *region.quantities.values())
        texts = {
            (each.definition.id, each.definition.payer, active.rule.id): rule_words(active)
            for each in timetables
            for active in each.on(self.day)
        }
        for name in region.parameters:
            setting = region.setting(name, self.day)
            if setting is not None:
                texts["parameters", "", name] = f"{setting.value} ({setting.level})"
        return texts


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule or parameter that differs: what it said before and says after (None where it is not there)."""

    where: str
    rule: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Effect:
    """An item of a payer over all cases: what was owed before and after, and how many cases differ."""

    item: str
    payer: str
    before_fen: int
    after_fen: int
    cases: int


def differences(before: Standpoint, after: Standpoint) -> list[Difference]:
    """The rules and parameters that say something else."""
    old, new = before.rule_texts(), after.rule_texts()
    return [
        Difference(f"{key[0]} {key[1]}".strip(), key[2], old.get(key), new.get(key))
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def changes_ahead(rules: RuleSet, region: str, after: date) -> list[tuple[date, list[Difference]]]:
    """The days after `after` on which a set says something else in a region, and what it then says."""
    inside = rules.region(region)
    days = {cut for each in (*inside.charges, *inside.quantities.values()) for cut in each.cuts}
    for levels in inside.values.values():
        dated = [one for settings in levels.values() for one, _ in settings]
        days |= {one.from_ for one in dated} | {one.to for one in dated if one.to}
    changes = (
        (day, differences(Standpoint(rules, region, day - timedelta(days=1)), Standpoint(rules, region, day)))
        for day in sorted(days)
        if day > after
    )
    return [(day, found) for day, found in changes if found]


def effects(before: Standpoint, after: Standpoint, transactions: Iterable[Transaction]) -> list[Effect]:
    """Assesses every transaction as if it were signed and declared on either day, and sums what is determined.

    Holding periods keep their length: the dates of the acquisition move along.
    """
    sums: dict[tuple[str, str], list[int]] = {}
    for transaction in transactions:
        old, new = dict(_owed(before, transaction)), dict(_owed(after, transaction))
        for key in old.keys() | new.keys():
            entry = sums.setdefault(key, [0, 0, 0])
            entry[0] += old.get(key, 0)
            entry[1] += new.get(key, 0)
            entry[2] += old.get(key, 0) != new.get(key, 0)
    return [Effect(*key, *entry) for key, entry in sorted(sums.items()) if entry[2]]


def _owed(at: Standpoint, transaction: Transaction) -> Iterator[tuple[tuple[str, str], int]]:
    totals: dict[tuple[str, str], int] = {}
    try:
        assessment = at.rules.assess(_moved(transaction, at.day))
    except HeyiError:
        return
    for line in assessment.lines:
        totals[line.item, line.payer] = totals.get((line.item, line.payer), 0) + line.amount_fen
    yield from totals.items()


def _moved(transaction: Transaction, to: date) -> Transaction:
    by = to - (transaction.contract_date or transaction.declaration_date or to)
    transferor = transaction.transferor.model_copy(
        update={name: _shifted(getattr(transaction.transferor, name), by) for name in _HOLDING_DATES}
    )
    update = {"contract_date": to, "declaration_date": to, "transferor": transferor}
    return transaction.model_copy(update=update)


_HOLDING_DATES = ("acquired_on", "title_issued_on", "deed_tax_paid_on")


def _shifted(day: date | None, by: timedelta) -> date | None:
    return None if day is None else day + by
