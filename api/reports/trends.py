"""Trends as tables, and as charts of the same figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.charts import BY_URGENCY, COLORS, Chart, Series
from api.pages.texts import Speech
from api.reports.periods import age_of, name_of
from api.spreadsheets import Cell, Column, Holds, Table
from api.trends import Asked
from reconciliation.ageing import Waiting
from settlement.book.trends import Amount, Step, Wait
from settlement.regions import Region

_TEN_THOUSAND_YUAN = 1_000_000  # in fen
_LEGS = ("tax", "non_tax")


@dataclass(frozen=True, slots=True)
class Shown:
    """A trend as a table, and the same as a chart; without a chart nothing was found."""

    table: Table
    chart: Chart | None


def amounts_shown(
    found: Sequence[Amount], asked: Asked, regions: Mapping[str, Region], t: Speech, *, whole: bool
) -> Shown:
    """Amounts by step and code, the largest code first; unless it is the `whole`, small codes are put together."""
    sums: dict[str, int] = {}
    for one in found:
        sums[one.code] = sums.get(one.code, 0) + one.fen
    codes = sorted(sums, key=lambda code: (-sums[code], code))
    apart = codes if whole or len(codes) <= len(COLORS) else codes[: len(COLORS) - 1]
    names = [name_of(asked.by, code, regions, t) for code in apart]
    if len(apart) < len(codes):
        names.append(t("trends.others"))
    place = {code: apart.index(code) if code in apart else len(apart) for code in codes}
    rows = {at: [0] * len(names) for at in asked.places}
    counts = dict.fromkeys(asked.places, 0)
    for one in found:
        rows[one.at][place[one.code]] += one.fen
        counts[one.at] += one.count
    columns = (
        _place(asked.step, t),
        Column(t("report.count"), Holds.count),
        *(Column(name, Holds.fen) for name in names),
        Column(t("finance.sum"), Holds.fen),
    )
    cells: list[Sequence[Cell]] = [
        (_named(at, asked.step), counts[at], *(fen or None for fen in row), sum(row))
        for at, row in rows.items()
        if counts[at]
    ]
    columns_of = list(zip(*rows.values(), strict=True))
    totals: Sequence[Cell] = (
        t("finance.sum"), sum(counts.values()), *(sum(values) for values in columns_of), sum(sums.values())
    )  # fmt: skip
    table = Table(t("trends.amounts"), columns, cells, totals)
    if whole or not found:
        return Shown(table, None)
    series = tuple(Series(name, values) for name, values in zip(names, columns_of, strict=True))
    return Shown(table, Chart("columns", _along(asked.places, asked.step), series, _TEN_THOUSAND_YUAN))


def ageing_shown(found: Sequence[Waiting], asked: Asked, t: Speech) -> Shown:
    """How many cases waited at the end of each step, by age; and their sum in fen."""
    ages = [age_of(one.over, one.up_to, t) for one in found[0].ages] if found else []
    columns = (
        Column(t("trends.end_of"), Holds.day),
        *(Column(age, Holds.count, 14) for age in ages),
        Column(t("report.count"), Holds.count),
        Column(t("report.amount"), Holds.fen),
    )
    rows: list[Sequence[Cell]] = [
        (one.on, *counts, sum(counts), sum(age.amount_fen for age in one.ages))
        for one in found
        if any(counts := [age.count for age in one.ages])
    ]
    series = tuple(Series(age, tuple(one.ages[place].count for one in found)) for place, age in enumerate(ages))
    chart = Chart("columns", _along([one.on for one in found], asked.step), series, colors=BY_URGENCY)
    return Shown(Table(t("trends.ageing"), columns, rows), chart if rows else None)


def waits_shown(found: Sequence[Wait], asked: Asked, t: Speech) -> Shown:
    """Days from clearing to arrival of each step's lines: half of them, nine of ten, the longest; by leg."""
    measures = ("median", "ninetieth", "longest")
    columns = (
        _place(asked.step, t),
        *(
            Column(f"{t(f'trends.leg.{leg}')} {t(f'trends.{measure}')}", Holds.count, 16)
            for leg in _LEGS
            for measure in ("count", *measures)
        ),
    )
    of = {(one.at, one.leg): one for one in found}
    rows: list[Sequence[Cell]] = []
    for at in sorted({one.at for one in found}):
        row: list[Cell] = [_named(at, asked.step)]
        for leg in _LEGS:
            one = of.get((at, leg))
            row += [one.count, one.median, one.ninetieth, one.longest] if one else [None] * 4
        rows.append(row)
    series = tuple(
        Series(
            f"{t(f'trends.leg.{leg}')} {t(f'trends.{measure}')}",
            tuple(getattr(of[at, leg], measure) if (at, leg) in of else None for at in asked.places),
            measure == "ninetieth",
        )
        for leg in _LEGS
        for measure in measures[:2]
        if any(one.leg == leg for one in found)
    )
    chart = Chart("lines", _along(asked.places, asked.step), series)
    return Shown(Table(t("trends.waits"), columns, rows), chart if rows else None)


def _place(step: Step, t: Speech) -> Column:
    return Column(t(f"trends.step.{step}"), Holds.day if step is Step.day else Holds.text, 12)


def _named(at: date, step: Step) -> Cell:
    return at if step is Step.day else f"{at:%Y-%m}"


def _along(places: Sequence[date], step: Step) -> tuple[str, ...]:
    """Places as they are written along the axis."""
    return tuple(f"{at:%m-%d}" if step is Step.day else f"{at:%Y-%m}" for at in places)
