"""A month or a year as tables: one a dimension, with the same totals in each."""

from collections.abc import Mapping, Sequence

from api.pages.texts import Speech
from api.spreadsheets import Cell, Column, Holds, Table
from reconciliation.kinds import KINDS
from reconciliation.rollups import PeriodReport
from settlement.book.rollups import SURPLUS, By, Sums
from settlement.regions import Region


def period_tables(report: PeriodReport, regions: Mapping[str, Region], t: Speech) -> tuple[Table, ...]:
    """The sums by item, district, treasury and channel; the differences by kind; the ageing of cases."""
    return (*(_sums(report, by, regions, t) for by in By), _differences(report, t), _ageing(report, t))


def name_of(by: By, code: str, regions: Mapping[str, Region], t: Speech) -> str:
    """What people call an item, a district, a treasury or a channel."""
    if by is By.item and code != SURPLUS:
        return t(f"item.{code}")
    if by is By.district and code in regions:
        return t.of(regions[code].name)
    if by is By.item or (by is By.treasury and not code):
        return t("rollup.surplus")
    if by is By.channel and t.knows(f"channel_kind.{code}"):
        return t(f"channel_kind.{code}")
    return code


def _sums(report: PeriodReport, by: By, regions: Mapping[str, Region], t: Speech) -> Table:
    columns = (
        Column(t(f"rollup.by.{by.value}"), width=28),
        Column(t("rollup.code"), width=22),
        *(
            Column(t(f"rollup.{what}"), holds)
            for name in ("paid", "arrived", "refunded")
            for what, holds in ((f"{name}_count", Holds.count), (name, Holds.fen))
        ),
    )
    rows: list[Sequence[Cell]] = [
        (name_of(by, code, regions, t), code, *_cells(sums)) for code, sums in report.sums.by(by).items()
    ]
    totals = (t("finance.sum"), None, *_cells(report.sums.total))
    return Table(t(f"rollup.by.{by.value}"), columns, rows, totals)


def _cells(sums: Sums) -> tuple[int, ...]:
    return (
        sums.paid_count, sums.paid_fen, sums.arrived_count, sums.arrived_fen, sums.refunded_count, sums.refunded_fen,
    )  # fmt: skip


def _differences(report: PeriodReport, t: Speech) -> Table:
    columns = (
        Column(t("report.kind"), width=8),
        Column(t("report.kind_name"), width=28),
        Column(t("report.count"), Holds.count),
        Column(t("report.difference"), Holds.fen),
    )
    rows = [(one.kind, t.of(KINDS[one.kind].name), one.count, one.difference_fen) for one in report.differences]
    totals = (
        t("finance.sum"), None, sum(one.count for one in report.differences),
        sum(one.difference_fen for one in report.differences),
    )  # fmt: skip
    return Table(t("finance.breaks.title"), columns, rows, totals)


def _ageing(report: PeriodReport, t: Speech) -> Table:
    columns = (Column(t("rollup.age")), Column(t("report.count"), Holds.count), Column(t("report.amount"), Holds.fen))
    rows = [(age_of(one.over, one.up_to, t), one.count, one.amount_fen) for one in report.ageing]
    totals = (
        t("finance.sum"), sum(one.count for one in report.ageing), sum(one.amount_fen for one in report.ageing)
    )  # fmt: skip
    return Table(t("rollup.ageing"), columns, rows, totals)


def age_of(over: int, up_to: int | None, t: Speech) -> str:
    """How long, in words."""
    if up_to is None:
        return t("rollup.older", days=over)
    return t("rollup.between", first=over + 1, last=up_to) if over else t("rollup.up_to", days=up_to)
