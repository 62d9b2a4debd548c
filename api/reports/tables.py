"""A day's report as tables, in the reader's language. PDF and Excel are both written from these, and so agree."""

from collections.abc import Sequence

from api.pages.texts import Speech
from api.spreadsheets import Cell, Column, Holds, Table
from reconciliation.kinds import KINDS
from reconciliation.reasons import SOURCE_NAMES
from reconciliation.report import DayReport
from reconciliation.source_report import SourceReport

_FEN, _COUNT = Holds.fen, Holds.count


def day_tables(report: DayReport, t: Speech) -> tuple[Table, ...]:
    """Sources, control equations, balance reconciliation, differences, pool, statements, signatures."""
    return (
        _sources(report, t),
        _equations(report, t),
        *([_balance(report, t)] if report.balance else []),
        _breaks(report, t),
        _pool(report, t),
        _files(report, t),
        _signatures(report, t),
    )


def _columns(t: Speech, *columns: tuple[str, Holds, int]) -> tuple[Column, ...]:
    return tuple(Column(t(f"report.{name}"), holds, width) for name, holds, width in columns)


def _sources(report: DayReport, t: Speech) -> Table:
    rows: list[Sequence[Cell]] = [_source(one, t) for one in report.sources]
    judged = [one for one in report.sources if one.ours and one.theirs and one.matched]
    totals: list[Cell] = [t("finance.sum"), None]
    for side in ("ours", "theirs", "matched"):
        totals += [sum(getattr(one, side).count for one in judged), sum(getattr(one, side).fen for one in judged)]
    totals += [sum(len(one.pool) for one in judged), sum(row.amount_fen for one in judged for row in one.pool)]
    totals += [
        sum(len(one.breaks) for one in judged),
        sum(row.their_fen - row.our_fen for one in judged for row in one.breaks),
    ]
    columns = _columns(
        t,
        ("source", Holds.text, 14), ("file", Holds.text, 12),
        ("ours_count", _COUNT, 0), ("ours", _FEN, 0), ("theirs_count", _COUNT, 0), ("theirs", _FEN, 0),
        ("matched_count", _COUNT, 0), ("matched", _FEN, 0), ("pool_count", _COUNT, 0), ("pool", _FEN, 0),
        ("breaks_count", _COUNT, 0), ("difference", _FEN, 0),
    )  # fmt: skip
    return Table(t("report.sources"), columns, rows, totals)


def _source(one: SourceReport, t: Speech) -> Sequence[Cell]:
    name, state = t.of(SOURCE_NAMES[one.source]), t(f"file.{one.file.state}")
    if one.ours is None or one.theirs is None or one.matched is None:
        return [name, state, *([None] * 10)]
    return [
        name, state, one.ours.count, one.ours.fen, one.theirs.count, one.theirs.fen, one.matched.count, one.matched.fen,
        len(one.pool), sum(row.amount_fen for row in one.pool),
        len(one.breaks), sum(row.their_fen - row.our_fen for row in one.breaks),
    ]  # fmt: skip


def _equations(report: DayReport, t: Speech) -> Table:
    rows: list[Sequence[Cell]] = []
    for one in report.equations:
        rows.append(
            [t.of(one.words), one.left_fen, one.right_fen, t("finance.holds" if one.holds else "finance.fails")]
        )
        rows += [[f"  {t.of(term.words)}", term.fen, None, None] for term in one.terms if len(one.terms) > 1]
    columns = _columns(
        t, ("equation", Holds.text, 60), ("left", _FEN, 0), ("right", _FEN, 0), ("holds", Holds.text, 10)
    )
    return Table(t("finance.equations"), columns, rows)


def _balance(report: DayReport, t: Speech) -> Table:
    assert report.balance is not None
    rows: list[Sequence[Cell]] = []
    for side, lines, fen in (
        ("book", report.balance.book, report.balance.book_fen),
        ("statements", report.balance.statements, report.balance.statements_fen),
    ):
        rows += [[t(f"report.side.{side}"), t.of(line.words), line.count, line.fen] for line in lines]
        rows.append([t(f"report.side.{side}"), t("report.adjusted"), None, fen])
    columns = _columns(t, ("side", Holds.text, 10), ("line", Holds.text, 50), ("count", _COUNT, 0), ("amount", _FEN, 0))
    return Table(t("report.balance"), columns, rows)


def _breaks(report: DayReport, t: Speech) -> Table:
    rows: list[Sequence[Cell]] = [
        [
            one.kind, t.of(KINDS[one.kind].name), t.of(SOURCE_NAMES[source.source]), one.key or one.second_key,
            one.our_fen, one.their_fen, one.their_fen - one.our_fen, t.of(one.reason), t(f"case.{one.case_state}"),
        ]
        for source in report.sources
        for one in source.breaks
    ]  # fmt: skip
    breaks = report.breaks
    ours, theirs = sum(one.our_fen for one in breaks), sum(one.their_fen for one in breaks)
    totals: list[Cell] = [t("finance.sum"), None, None, None, ours, theirs, theirs - ours, None, None]
    columns = _columns(
        t,
        ("kind", Holds.text, 6), ("kind_name", Holds.text, 16), ("source", Holds.text, 10), ("key", Holds.text, 24),
        ("ours", _FEN, 0), ("theirs", _FEN, 0), ("difference", _FEN, 0), ("reason", Holds.text, 60),
        ("case", Holds.text, 10),
    )  # fmt: skip
    return Table(t("finance.breaks.title"), columns, rows, totals)


def _pool(report: DayReport, t: Speech) -> Table:
    rows: list[Sequence[Cell]] = [
        [
            t.of(SOURCE_NAMES[source.source]),
            one.key or one.second_key,
            one.amount_fen,
            one.expected_on,
            t.of(one.reason),
        ]
        for source in report.sources
        for one in source.pool
    ]  # fmt: skip
    total = sum(one.amount_fen for source in report.sources for one in source.pool)
    columns = _columns(
        t, ("source", Holds.text, 10), ("key", Holds.text, 30), ("amount", _FEN, 0), ("expected", Holds.day, 0),
        ("reason", Holds.text, 40),
    )  # fmt: skip
    return Table(t("finance.pool.title"), columns, rows, [t("finance.sum"), None, total, None, None])


def _files(report: DayReport, t: Speech) -> Table:
    rows: list[Sequence[Cell]] = [
        [
            t.of(SOURCE_NAMES[one.source]), one.file.file_name, one.file.version, one.file.row_count,
            one.file.sum_fen, one.file.sha256,
        ]
        for one in report.sources
    ]  # fmt: skip
    columns = _columns(
        t, ("source", Holds.text, 10), ("file_name", Holds.text, 34), ("version", _COUNT, 0), ("count", _COUNT, 0),
        ("amount", _FEN, 0), ("sha256", Holds.text, 66),
    )  # fmt: skip
    return Table(t("report.files"), columns, rows)


def _signatures(report: DayReport, t: Speech) -> Table:
    signed = report.signature
    rows: list[Sequence[Cell]] = []
    if signed and report.state == "signed":
        rows = [
            [t("report.version"), str(signed.version), None],
            [t("report.prepared_by"), signed.prepared_by, signed.prepared_at],
            [t("report.signed_by"), signed.signed_by, signed.signed_at],
            [t("report.remark"), signed.remark, None],
            [t("report.sha256"), signed.sha256, None],
            [t("report.previous"), signed.previous_sha256, None],
            [t("book.head"), report.book_head, None],
        ]
    columns = _columns(t, ("what", Holds.text, 16), ("who", Holds.text, 66), ("when", Holds.instant, 0))
    return Table(t("report.signatures"), columns, rows)
