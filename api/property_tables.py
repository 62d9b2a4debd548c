"""A property's history as tables for people who go on working with them."""

from api.pages.texts import Speech
from api.spreadsheets import Column, Holds, Table
from settlement.property.history import PropertyHistory


def history_tables(t: Speech, found: PropertyHistory) -> tuple[Table, ...]:
    """Lines of all bills, papers, titles, and earlier payments; a sheet each."""
    bills = [one.bill for one in found.bills]
    lines = Table(
        t("property.lines"),
        (
            Column(t("window.bill.title")),
            Column(t("field.case_number")),
            Column(t("line.item")),
            Column(t("papers.whose")),
            Column(t("line.amount"), Holds.fen),
            Column(t("tax.state")),
            Column(t("tax.date"), Holds.day),
            Column(t("citizen.proof")),
        ),
        [
            (one.number, one.case_number, t(f"item.{piece.item}"), t(f"side.{piece.payer}"), piece.amount_fen,
             t(f"piece.{piece.state}"), piece.arrived_on, piece.proof)
            for one in bills for piece in one.pieces
        ],
    )  # fmt: skip
    papers = Table(
        t("papers.list"),
        (Column(t("papers.kind")), Column(t("papers.number")), Column(t("papers.got_at"), Holds.instant),
         Column("SHA-256", width=70)),
        [(t(f"paper.{one.kind}"), one.number, one.got_at, one.sha256) for each in found.bills for one in each.papers],
    )  # fmt: skip
    titles = Table(
        t("property.titles"),
        (Column(t("field.case_number")), Column(t("property.title")), Column(t("property.at"), Holds.instant)),
        [
            (each.bill.case_number, each.registration.title_number, each.registration.registered_at)
            for each in found.bills
            if each.registration
        ],
    )
    earlier = Table(
        t("property.earlier"),
        (Column(t("line.item")), Column(t("line.amount"), Holds.fen), Column(t("property.paid_on"), Holds.day),
         Column(t("tax.certificate"))),
        [
            (t(f"item.{one.item}") if t.knows(f"item.{one.item}") else one.item, one.amount_fen, one.paid_on,
             one.certificate_number)
            for one in found.earlier
        ],
    )  # fmt: skip
    return lines, papers, titles, earlier
