"""A month statement for the bank: every bill and what it is for, as Excel or PDF."""

from typing import Literal

from api.pages.texts import Speech
from api.reports.pdf import pdf
from api.spreadsheets import Column, Holds, Table, workbook
from foundation.money import capital_yuan, yuan
from settlement.months.reading import MonthStatement
from settlement.regions import Region

Form = Literal["xlsx", "pdf"]

MEDIA_TYPES: dict[Form, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


def month_file(statement: MonthStatement, region: Region, form: Form, t: Speech) -> tuple[str, bytes]:
    """The name to keep it under, and its bytes."""
    head, table = statement.head, month_table(statement, t)
    name = f"heyi-month-{head.month:%Y-%m}-{head.number}.{form}"
    if form == "xlsx":
        return name, workbook(table)
    title = t("month.report", name=head.name, month=f"{head.month:%Y-%m}")
    lines = [
        f"{t.of(region.authority)} · {t('joint.number')} {head.number} · {t('month.pay_by')} {head.pay_by}",
        f"{t('month.sum', count=head.bills)} ¥{yuan(head.amount_fen)} {capital_yuan(head.amount_fen)}",
        f"{t('month.pay_at')} {head.address}",
    ]
    return name, pdf(title, lines, [table], t("report.cut"))


def month_table(statement: MonthStatement, t: Speech) -> Table:
    """The lines of a statement with their sum."""
    columns = (
        Column(t("batch.bill"), width=22),
        Column(t("field.case_number"), width=22),
        Column(t("month.confirmed"), Holds.instant),
        Column(t("line.item")),
        Column(t("line.amount"), Holds.fen),
        Column(t("joint.state"), width=12),
    )
    rows = [
        (one.bill_number, one.case_number, one.confirmed_at, t(f"item.{one.item}"), one.amount_fen,
         t(f"joint.state.{one.state}"))
        for one in statement.lines
    ]  # fmt: skip
    return Table(t("month.title"), columns, rows, (t("month.all"), None, None, None, statement.head.amount_fen, None))
