"""The papers that the played institutions seal: one page of PDF each, the same bytes whenever the same is asked."""

import io
from collections.abc import Sequence

from reportlab.lib.pagesizes import A5, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

_FONT = "STSong-Light"
_LEFT, _TOP, _STEP = 40, 60, 20


def paper(title: str, rows: Sequence[tuple[str, str]], seal: str, red: bool = False) -> bytes:
    """A paper with a title, its rows as 'name：value', and the name of the seal. `red`: a red-letter receipt."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = io.BytesIO()
    width, height = landscape(A5)
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    canvas.setTitle(title)
    canvas.setFillColorRGB(0.75 if red else 0.1, 0.1, 0.1)
    canvas.setFont(_FONT, 18)
    canvas.drawCentredString(width / 2, height - 40, title)
    canvas.setFont(_FONT, 11)
    for place, (name, value) in enumerate(rows):
        canvas.drawString(_LEFT, height - _TOP - (place + 1) * _STEP, f"{name}：{value}")
    canvas.setFillColorRGB(0.75, 0.1, 0.1)
    canvas.drawRightString(width - _LEFT, 50, f"（{seal} 电子印章 · 模拟）")
    canvas.save()
    return out.getvalue()
