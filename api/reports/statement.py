"""The settlement statement 缴款结算单 as a PDF: for the payer's drawer, with a QR to verify it and the ledger's proofs
attached. The same bytes for the same facts."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import segno
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from api.pages.rendering import percent
from api.pages.texts import Speech
from foundation import clock
from foundation.money import capital_yuan, yuan
from ledger.proof_form import ProofForm
from settlement.receipts.statements import Statement, StatementLine
from settlement.regions import Region

_FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
_TEXT = ParagraphStyle("text", fontName=_FONT, fontSize=9, leading=13, wordWrap="CJK")
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7.5, leading=11, textColor=colors.HexColor("#4a5b73"))
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=18, leading=26, alignment=1)
_FIGURE = ParagraphStyle("figure", parent=_TEXT, alignment=TA_RIGHT)
_SMALL_FIGURE = ParagraphStyle("small figure", parent=_SMALL, alignment=TA_RIGHT)
_CHAPTER = ParagraphStyle("chapter", parent=_TEXT, fontSize=10, leading=16, spaceBefore=8)
_RULE = colors.HexColor("#d5dee9")
_QR_MM = 30
_T = Speech("zh")


def statement_pdf(statement: Statement, region: Region, address: str) -> bytes:
    """The PDF; `address` is what its QR opens. Each proof is attached as proof-N.json."""
    written = BytesIO()
    title = f"缴款结算单 {statement.number}"
    document = SimpleDocTemplate(
        written, pagesize=A4, title=title, invariant=1, lang="zh-CN",
        leftMargin=16 * mm, rightMargin=16 * mm, topMargin=14 * mm, bottomMargin=16 * mm,
    )  # fmt: skip
    story = [
        Paragraph("缴款结算单", _TITLE),
        Paragraph(_safe(region.authority.zh), _SMALL),
        _grid(
            [[_p(name, _SMALL), _p(value)] for name, value in _facts(statement)],
            document.width - (_QR_MM + 4) * mm,
            (1, 4),
        ),
        Spacer(1, 3 * mm),
        _lines(statement, document.width),
        Paragraph("计算依据", _CHAPTER),
        *(Paragraph(_safe(_why(one)), _SMALL) for one in statement.lines),
        Paragraph("查验", _CHAPTER),
        *(Paragraph(_safe(text), _SMALL) for text in _proved(statement, address)),
    ]
    attached = [(f"proof-{place}.json", text) for place, text in enumerate(proof_texts(statement), 1)]

    def first_page(canvas: Any, _: Any) -> None:
        _draw_qr(canvas, address, A4[0] - (16 + _QR_MM) * mm, A4[1] - (12 + _QR_MM) * mm)
        _attach(canvas, attached)

    document.build(story, onFirstPage=first_page)
    return written.getvalue()


def proof_texts(statement: Statement) -> list[str]:
    """The proofs as JSON, in the form that `heyi ledger check-proof` reads."""
    return [ProofForm.of(one).model_dump_json(indent=1) for one in statement.proofs]


_HEADS = ("项目", "计税依据", "税率/标准", "金额", "入账账户", "状态", "完税证明/票据号")
_WIDE = (14, 15, 9, 14, 16, 12, 20)
_FIGURES = (1, 2, 3)
"""The columns of figures, which stand to the right."""


def _facts(statement: Statement) -> list[tuple[str, str]]:
    return [
        ("结算单号", statement.number),
        ("业务编号", statement.case_number),
        ("不动产单元号", statement.unit_code),
        ("缴款人", f"{_T(f'side.{statement.payer}')} {statement.name}"),
        ("缴款时间", f"{clock.local(statement.paid_at):%Y-%m-%d %H:%M:%S}"),
        ("缴款流水号", statement.query_id),
    ]


def _row(one: StatementLine) -> list[Paragraph]:
    _, _, code = one.account.split(":", 2)
    where = code.partition(":")[0] if one.leg == "tax" else code.replace(":", " ")
    state = _T(f"piece.{one.state}" + (".non_tax" if (one.leg, one.state) == ("non_tax", "arrived") else ""))
    arrived = f"<br/>{one.arrived_on}" if one.arrived_on else ""
    cells = (
        _T(f"item.{one.item}"),
        f"¥{yuan(one.base_fen)}" if one.base_fen is not None else "—",
        percent(one.rate) if one.rate else _T("line.fixed"),
        f"¥{yuan(one.amount_fen)}",
    )
    named = [_p(cell, _FIGURE if place in _FIGURES else _TEXT) for place, cell in enumerate(cells)]
    ways = (f"{_T(f'leg.{one.leg}')}<br/>{_safe(where)}", f"{state}{arrived}", _safe(one.receipt or "—"))
    return [*named, *(Paragraph(way, _TEXT) for way in ways)]


def _why(one: StatementLine) -> str:
    return f"{_T(f'item.{one.item}')}：{one.explanation} 依据：{'；'.join(one.references)}"


def _proved(statement: Statement, address: str) -> Sequence[str]:
    there = len(statement.proofs)
    said = [f"扫右上角二维码，或打开 {address}"]
    if there:
        heads = {one.day.day.isoformat(): one.day.head().hex() for one in statement.proofs}
        said.append(
            f"账簿证明：本文件附有 {there} 份账簿证明（proof-1.json 起）。任何人不需联网即可核对："
            "在查验页保存核对页面，或运行 heyi ledger check-proof proof-1.json --head 封存值。"
        )
        said += [f"{day} 账簿封存值 {head}" for day, head in heads.items()]
    if there < statement.entries:
        said.append(f"另有 {statement.entries - there} 笔记账待当日账簿封存后可取得证明，届时重新打印即可。")
    return said


def _lines(statement: Statement, width: float) -> Grid:
    """A row a line between the heads and the sum."""
    heads = [_p(name, _SMALL_FIGURE if place in _FIGURES else _SMALL) for place, name in enumerate(_HEADS)]
    whole, none = f"¥{yuan(statement.amount_fen)}", _p("")
    total = [_p("合计"), none, none, _p(whole, _FIGURE), _p(capital_yuan(statement.amount_fen)), none, none]
    more = [
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
        ("LINEABOVE", (0, -1), (-1, -1), 0.8, colors.black),
        ("SPAN", (4, -1), (-1, -1)),
    ]
    return _grid([heads, *(_row(one) for one in statement.lines), total], width, _WIDE, more)


def _grid(rows: list[list[Paragraph]], width: float, wide: Sequence[int], more: Sequence[Any] = ()) -> Grid:
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    return Grid(rows, colWidths=[width * one / sum(wide) for one in wide], style=[*style, *more], hAlign="LEFT")


def _p(text: str, style: ParagraphStyle = _TEXT) -> Paragraph:
    return Paragraph(_safe(text), style)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _draw_qr(canvas: Any, address: str, left: float, bottom: float) -> None:
    matrix = segno.make(address, error="m", micro=False).matrix
    step = _QR_MM * mm / len(matrix)
    for row, dots in enumerate(matrix):
        for column, dark in enumerate(dots):
            if dark:
                canvas.rect(left + column * step, bottom + (len(matrix) - 1 - row) * step, step, step, stroke=0, fill=1)


def _attach(canvas: Any, files: Sequence[tuple[str, str]]) -> None:
    """Embeds files in the PDF's name tree, which reportlab has no function of its own for (PDF 1.7, 7.11.4)."""
    if not files:
        return
    document = canvas._doc
    names: list[Any] = []
    for name, text in files:
        stream = pdfdoc.PDFStream(content=text.encode())
        stream.dictionary["Type"] = pdfdoc.PDFName("EmbeddedFile")
        content = document.Reference(stream)
        shown = pdfdoc.PDFString(name)
        entry = {
            "Type": pdfdoc.PDFName("Filespec"),
            "F": shown,
            "UF": shown,
            "EF": pdfdoc.PDFDictionary({"F": content}),
        }
        names += [shown, document.Reference(pdfdoc.PDFDictionary(entry))]
    tree = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray(names)})
    document.Catalog.Names = document.Reference(pdfdoc.PDFDictionary({"EmbeddedFiles": document.Reference(tree)}))
