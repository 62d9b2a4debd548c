"""The rules as the evaluation uses them: read from the files, with every name resolved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from settlement.assessment import conditions, pays
from settlement.assessment.conditions import Condition
from settlement.assessment.errors import BadRules
from settlement.assessment.formula_reader import Names
from settlement.assessment.pays import Pays
from settlement.assessment.rule_files import ChargeEntry, Document, QuantityEntry, Reference, RuleEntry
from settlement.assessment.vocabulary import Name


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """What a rule says on the days [from, to); `references` in full, `law` in short for people."""

    from_: date
    to: date | None
    pays: Pays
    references: tuple[str, ...]
    law: Name
    certainty: str

    def on(self, day: date) -> bool:
        return self.from_ <= day and (self.to is None or day < self.to)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with the level that made it (`national` or a region's code); the base has no condition."""

    id: str
    level: str
    because: Name
    when: Condition
    over: tuple[str, ...]
    versions: tuple[RuleVersion, ...]

    def on(self, day: date) -> RuleVersion | None:
        """The version of a day, if the rule is in force."""
        return next((version for version in self.versions if version.on(day)), None)


@dataclass(frozen=True, slots=True)
class DecisiveDay:
    """Which day decides, and the transitional clauses that move an undeclared contract to a later rule."""

    decided_by: str
    transitions: tuple[tuple[date, Condition], ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A charge of one payer, or a quantity (then without payer): its rules and the day that decides."""

    id: str
    item: str
    name: Name
    payer: str
    applies: Condition
    day: DecisiveDay
    rules: tuple[Rule, ...]

    def plus(self, rules: tuple[Rule, ...]) -> "Definition":
        """The same with the rules that a region adds."""
        return Definition(self.id, self.item, self.name, self.payer, self.applies, self.day, self.rules + rules)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads entries of the files into definitions."""

    names: Names
    documents: Mapping[str, Document]

    def for_payer(self, payer: str) -> "Reader":
        """The same for the copy of a charge that one payer owes."""
        n = self.names
        return Reader(Names(n.vocabulary, n.quantities, n.parameters, n.charges, payer), self.documents)

    def charge(self, entry: ChargeEntry, item: str, name: Name, payer: str) -> Definition:
        """The copy of a charge for one payer."""
        reader = self.for_payer(payer)
        with _place(f"charge {entry.id}"):
            applies = conditions.parse(entry.applies, reader.names)
            transitions = tuple((each.to, conditions.parse(each.when, reader.names)) for each in entry.transitions)
            for each in entry.transitions:
                self.references(each.law)
        rules = tuple(reader.rule(rule, "national", "fen") for rule in entry.rules)
        return Definition(entry.id, item, name, payer, applies, DecisiveDay(entry.decided_by, transitions), rules)

    def quantity(self, entry: QuantityEntry, item: str) -> Definition:
        """A named amount."""
        rules = tuple(self.rule(rule, "national", None) for rule in entry.rules)
        return Definition(entry.id, item, entry.name, "", Condition(), DecisiveDay(entry.decided_by), rules)

    def rule(self, entry: RuleEntry, level: str, rounding: str | None) -> Rule:
        """A rule as a level makes it; amounts are rounded to `rounding` where the rule does not say."""
        with _place(f"rule {entry.id}"):
            when = conditions.parse(entry.when, self.names)
            versions = tuple(
                RuleVersion(
                    each.from_,
                    each.to,
                    pays.read(each, self.names, rounding),
                    self.references(each.law),
                    self.short(each.law),
                    each.certainty,
                )
                for each in entry.versions
            )
        return Rule(entry.id, level, entry.because, when, entry.over, versions)

    def references(self, law: tuple[Reference, ...]) -> tuple[str, ...]:
        """Documents with article, in full."""
        for each in law:
            if each.document not in self.documents:
                raise BadRules(f"{each.document}: no such document in documents.yaml")
        return tuple(f"{self.documents[each.document].title}{each.article}" for each in law)

    def short(self, law: tuple[Reference, ...]) -> Name:
        first = self.documents[law[0].document]
        article = law[0].article if law[0].article.startswith("第") else ""
        return Name(zh=first.zh + article, en=first.en)


@contextmanager
def _place(where: str) -> Iterator[None]:
    """Whatever is wrong within is wrong with this entry of a file: said as BadRules with its place."""
    try:
        yield
    except (BadRules, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as wrong:
        raise BadRules(f"{where}: {wrong}") from wrong
