"""Templates become pages: one environment, the filters for money and time, and what every page knows."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from api.access import current_person
from api.pages import assets
from api.pages.saying import in_language
from api.pages.texts import LANGUAGES, Speech
from foundation import clock
from foundation.money import capital_yuan, plain_yuan, yuan

LANGUAGE_COOKIE = "heyi_lang"
SIZE_COOKIE = "heyi_size"
SIZES = ("normal", "large")


def speech(request: Request) -> Speech:
    """The language of a request: as the address says, else as chosen before, else Chinese."""
    return Speech(_chosen(request, "lang", LANGUAGE_COOKIE, LANGUAGES))


def page(request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
    """A page or a part of one. `values` are what the template names.

    `here` among them is the address of a page that was shown in answer to a form, so that its language can be changed.
    """
    here = values.pop("here", "" if request.method == "GET" else None)
    content = _environment().get_template(template).render({**_everywhere(request, here), **values})
    return HTMLResponse(content, status)


def choices_to_keep(request: Request) -> Mapping[str, str]:
    """The cookies that keep what the address chose: language and size of type."""
    asked = request.query_params
    kept = {}
    if asked.get("lang") in LANGUAGES:
        kept[LANGUAGE_COOKIE] = asked["lang"]
    if asked.get("size") in SIZES:
        kept[SIZE_COOKIE] = asked["size"]
    return kept


def wants_part(request: Request) -> bool:
    """Whether htmx asks, which puts what comes into the page that is already there."""
    return request.headers.get("hx-request") == "true"


def _everywhere(request: Request, here: str | None) -> dict[str, Any]:
    t = speech(request)
    size = _chosen(request, "size", SIZE_COOKIE, SIZES)
    other_size = SIZES[1 - SIZES.index(size)]
    other_language = LANGUAGES[1 - LANGUAGES.index(t.language)]
    return {
        "t": t,
        "lang": t.language,
        "size": size,
        "person": current_person(request),
        "path": request.url.path,
        "switch_language": _with(request, here, lang=other_language),
        "switch_size": _with(request, here, size=other_size),
    }


def _chosen(request: Request, parameter: str, cookie: str, allowed: tuple[str, ...]) -> str:
    wanted = (request.query_params.get(parameter), request.cookies.get(cookie))
    return next((one for one in wanted if one in allowed), allowed[0])


def _with(request: Request, here: str | None, **changed: str) -> str | None:
    """This address with other parameters; None for a page that came from a form and has no address."""
    if here is None:
        return None
    return f"{here}?{urlencode({**request.query_params, **changed})}"


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("api.pages"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # nobody changes a template under a running process, and to look costs a page a fifth
    )
    made.globals["asset"] = assets.address
    made.filters |= {
        "yuan": lambda fen: f"¥{yuan(fen)}" if fen >= 0 else f"-¥{yuan(-fen)}",
        "capital": capital_yuan,
        "plain": plain_yuan,
        "signed": lambda fen: ("+" if fen > 0 else "−" if fen < 0 else "") + f"¥{yuan(abs(fen))}",
        "at": lambda instant: _local(instant, "%Y-%m-%d %H:%M"),
        "wall": lambda instant: _local(instant, "%Y-%m-%dT%H:%M"),
        "lately": lambda instant: _local(instant, "%H:%M" if clock.local(instant).date() == clock.today() else "%m-%d"),
        "clock": lambda instant: _local(instant, "%H:%M:%S"),
        "percent": percent,
        "spoken": in_language,
        "masked_unit": lambda code: f"{code[:6]} **** **** {code[-4:]}",
        "grouped_unit": lambda code: f"{code[:6]} {code[6:12]} {code[12:19]} {code[19:]}",
    }
    return made


def _local(instant: datetime, form: str) -> str:
    return clock.local(instant).strftime(form)


def percent(rate: str) -> str:
    """An exact rate given as text, as people read it: '0.015' → '1.5%', '1/3000' → '1/3000'."""
    exact = Fraction(rate) * 100
    power = exact.denominator
    for factor in (2, 5):
        while power % factor == 0:
            power //= factor
    if power != 1:
        return rate
    text = format(Decimal(exact.numerator) / Decimal(exact.denominator), "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"
