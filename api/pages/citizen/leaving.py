"""The page that takes a payer's browser to the channel, by a form that sends itself."""

from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from api.pages.rendering import page
from settlement.ports.channel import PaymentForm


def leaving(request: Request, start: PaymentForm) -> Response:
    """The form, and the permission for the browser to go where it leads."""
    answer = page(request, "citizen/leaving.html", form=start)
    # The channel may send its payer on among its own hosts, which a browser holds against this same rule.
    to = urlsplit(start.address)
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {to.scheme}://{to.netloc} https:"
    )
    return answer
