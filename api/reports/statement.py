"""The settlement statement 缴款结算单 as a PDF: for the payer's drawer, with a QR to verify it and the ledger's proofs
attached. The same bytes for the same facts."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import segno
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

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
_SUM = ParagraphStyle("sum", parent=_TEXT, fontSize=12, leading=18)
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
        _grid([[_p(name), _p(value)] for name, value in _facts(statement)], document.width, (1, 4)),
        Spacer(1, 3 * mm),
        _grid([[_p(name, _SMALL) for name in _HEADS], *(_row(one) for one in statement.lines)], document.width, _WIDE),
        Paragraph(_safe(f"合计 ¥{yuan(statement.amount_fen)}　{capital_yuan(statement.amount_fen)}"), _SUM),
        *(Paragraph(_safe(_why(one)), _SMALL) for one in statement.lines),
        Spacer(1, 4 * mm),
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
_WIDE = (12, 14, 9, 13, 17, 12, 19)


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
    where = _T(f"leg.{one.leg}")
    state = _T(f"piece.{one.state}" + (".non_tax" if (one.leg, one.state) == ("non_tax", "arrived") else ""))
    arrived = f" {one.arrived_on}" if one.arrived_on else ""
    cells = (
        _T(f"item.{one.item}"),
        f"¥{yuan(one.base_fen)}" if one.base_fen is not None else "—",
        one.rate or _T("line.fixed"),
        f"¥{yuan(one.amount_fen)}",
        f"{where} {one.account.split(':', 2)[-1]}",
        f"{state}{arrived}",
        one.receipt or "—",
    )
    return [_p(cell) for cell in cells]


def _why(one: StatementLine) -> str:
    return f"{_T(f'item.{one.item}')}：{one.explanation} 依据：{'；'.join(one.references)}"


def _proved(statement: Statement, address: str) -> Sequence[str]:
    there = len(statement.proofs)
    said = [f"查验：扫右上角二维码，或打开 {address}"]
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


def _grid(rows: list[list[Paragraph]], width: float, wide: Sequence[int]) -> Grid:
    style = [("LINEBELOW", (0, 0), (-1, -1), 0.4, _RULE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    kept = width if len(wide) > 2 else width - (_QR_MM + 4) * mm
    return Grid(rows, colWidths=[kept * one / sum(wide) for one in wide], style=style, hAlign="LEFT")


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
