"""The HTML of the cashier."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from adapters.simulator.amounts import yuan

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
)
_templates.filters["yuan"] = lambda fen: f"{int(yuan(fen)[:-3]):,}{yuan(fen)[-3:]}"


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from a template; values are escaped."""
    return HTMLResponse(_templates.get_template(template).render(**values), status)
