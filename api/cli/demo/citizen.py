"""A citizen with the simplest of phones: follows links and submits forms, without JavaScript."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes and what is filled in."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.found.append(Form(given.get("action") or ""))
        elif tag == "input" and self.found and given.get("name"):
            self.found[-1].fields[str(given["name"])] = given.get("value") or ""


class Phone:
    """Keeps cookies like a browser and knows the page it is on."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(follow_redirects=True, timeout=20)
        self.address = ""
        self.page = ""

    async def __aenter__(self) -> "Phone":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def open(self, address: str) -> None:
        """Opens an address, as after scanning a code."""
        await self._seen(await self._client.get(address))

    async def submit(self, ending: str, **typed: str) -> None:
        """Submits the form of this page whose action ends in something, with what was typed."""
        form = next((one for one in self._forms() if one.action.split("?")[0].endswith(ending)), None)
        if form is None:
            raise LookupError(f"no form for '{ending}' on {self.address}")
        await self._send(form.action, {**form.fields, **typed})

    async def submit_only_form_elsewhere(self) -> None:
        """Submits the form that leads to another host: the way to UnionPay and back."""
        here = httpx.URL(self.address).netloc
        form = next(one for one in self._forms() if httpx.URL(urljoin(self.address, one.action)).netloc != here)
        await self._send(form.action, form.fields)

    def _forms(self) -> list[Form]:
        parser = _Forms()
        parser.feed(self.page)
        return parser.found

    async def _send(self, action: str, fields: Mapping[str, str]) -> None:
        address = urljoin(self.address, action)
        url = httpx.URL(address)
        headers = {"Origin": str(httpx.URL(self.address).join("/")).rstrip("/")} if url.host else {}
        await self._seen(await self._client.post(address, data=dict(fields), headers=headers))

    async def _seen(self, response: httpx.Response) -> None:
        response.raise_for_status()
        self.address, self.page = str(response.url), response.text


async def pay(address: str, tail: str) -> None:
    """The whole way of one payer: scan, last four characters, pay at UnionPay, come back."""
    async with Phone() as phone:
        await phone.open(address)
        token_path = httpx.URL(address).path
        await phone.submit(token_path, tail=tail)
        await phone.submit(f"{token_path}/pay")
        await phone.submit_only_form_elsewhere()
        await phone.submit("/pay")
        await phone.submit_only_form_elsewhere()
