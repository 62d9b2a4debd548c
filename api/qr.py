"""The payment code as a picture: SVG and PNG for pages and paper, characters for a terminal."""

import io

import segno


def _code(address: str) -> segno.QRCode:
    return segno.make(address, error="m", micro=False)


def svg(address: str) -> bytes:
    """An SVG without a size of its own: the page decides how large it is."""
    out = io.BytesIO()
    _code(address).save(
        out, kind="svg", scale=10, border=4, xmldecl=False, omitsize=True, svgclass=None, lineclass=None
    )
    return out.getvalue()


def png(address: str) -> bytes:
    """A PNG for printing, ten dots a module."""
    out = io.BytesIO()
    _code(address).save(out, kind="png", scale=10, border=4)
    return out.getvalue()


def terminal(address: str) -> str:
    """The code in half blocks, for a terminal."""
    out = io.StringIO()
    _code(address).terminal(out, border=2, compact=True)
    return out.getvalue()
