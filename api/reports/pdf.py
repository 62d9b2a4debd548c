"""Tables as a PDF: A4 across, Chinese by the reader's own STSong-Light, the same bytes for the same content."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from api.spreadsheets import Cell, Column, Holds, Table
from foundation import clock
from foundation.money import yuan

ROWS_SHOWN = 2000
"""A table of more rows is cut in the PDF, and says so; its totals are of all rows, and the workbook has them all."""

_FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(_FONT))

_TEXT = ParagraphStyle("text", fontName=_FONT, fontSize=8, leading=10, wordWrap="CJK")
_FIGURE = ParagraphStyle("figure", parent=_TEXT, alignment=TA_RIGHT)
_HEAD = ParagraphStyle("head", parent=_TEXT, textColor=colors.HexColor("#4a5b73"))
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=16, leading=22)
_CHAPTER = ParagraphStyle("chapter", parent=_TEXT, fontSize=11, leading=16, spaceBefore=8)
_RULE = colors.HexColor("#d5dee9")
_WIDTHS = {Holds.text: 20, Holds.fen: 15, Holds.count: 7, Holds.day: 11, Holds.instant: 18}


def pdf(title: str, lines: Sequence[str], tables: Sequence[Table], cut: str) -> bytes:
    """A title, some lines under it and the tables. `cut` says, with {count}, how many rows are left out of one."""
    written = BytesIO()
    document = SimpleDocTemplate(
        written, pagesize=landscape(A4), title=title, invariant=1, lang="zh-CN",
        leftMargin=12 * mm, rightMargin=12 * mm, topMargin=12 * mm, bottomMargin=14 * mm,
    )  # fmt: skip
    story: list[Flowable] = [Paragraph(_safe(title), _TITLE), *(Paragraph(_safe(line), _TEXT) for line in lines)]
    for table in tables:
        story += [Paragraph(_safe(table.title), _CHAPTER), _grid(table, document.width)]
        if len(table.rows) > ROWS_SHOWN:
            story.append(Paragraph(_safe(cut.format(count=len(table.rows) - ROWS_SHOWN)), _TEXT))
        story.append(Spacer(1, 2 * mm))
    document.build(story, onFirstPage=_foot, onLaterPages=_foot)
    return written.getvalue()


def _grid(table: Table, width: float) -> Grid:
    rows = [[Paragraph(_safe(one.heading), _HEAD) for one in table.columns]]
    shown = list(table.rows[:ROWS_SHOWN]) + ([table.totals] if table.totals else [])
    for row in shown:
        rows.append([_cell(column, cell) for column, cell in zip(table.columns, row, strict=True)])
    wide = [column.width or _WIDTHS[column.holds] for column in table.columns]
    style = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    if table.totals:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black))
    return Grid(rows, colWidths=[width * one / sum(wide) for one in wide], repeatRows=1, style=style)


def _cell(column: Column, value: Cell) -> Paragraph:
    if value is None or isinstance(value, str):
        return Paragraph(_safe(value or ""), _TEXT)
    if column.holds is Holds.instant:
        return Paragraph(f"{clock.local(value):%Y-%m-%d %H:%M:%S}", _TEXT)  # type: ignore[arg-type]
    if isinstance(value, int):
        return Paragraph(yuan(value) if column.holds is Holds.fen else f"{value:,}", _FIGURE)
    return Paragraph(value.isoformat(), _TEXT)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")


def _foot(canvas: Any, document: Any) -> None:
    canvas.setFont(_FONT, 8)
    canvas.drawString(12 * mm, 7 * mm, document.title)
    canvas.drawRightString(landscape(A4)[0] - 12 * mm, 7 * mm, str(document.page))
