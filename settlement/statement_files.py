"""How a region gets the statements of a source, and how those that are tables of text are written.

What a table's headings and words are is data: `settlement/statement_layouts` holds what is publicly known of ChinaUMS,
QRA, WeChat and Alipay (facts: channels D.5, D.6) and examples of the lists of a bank, a tax office and an issuer of
receipts; a region's file names one of them, changes one, or gives its own.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from foundation.yaml_text import parse_yaml
from settlement.gateways import Gateway

LAYOUTS = Path(__file__).with_name("statement_layouts")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(_Section):
    """Rows of one word: money in (1) or out (-1), and under which headings their numbers and amount stand.

    `fee`: what was kept back from the amount; the row counts with it, and the fee is a row of its own, so that net
    settlement is explained as gross settlement is, to the fen. `account` is where such money went, such as `fee`.
    `discount`: what somebody else than the payer bore (优惠); that heading may be missing.
    """

    sign: Literal[1, -1]
    key: str
    order_id: str
    amount: str
    fee: str = ""
    discount: str = ""
    account: Literal["", "fee"] = ""


class Totals(_Section):
    """The line of totals after the rows: which heading counts the rows, and which sum up which column.

    `opening` and `closing`: the headings of the account's balances before and after the day, where it names them.
    """

    count: str
    sums: Mapping[str, str]
    opening: str = ""
    closing: str = ""

    @model_validator(mode="after")
    def _has_both_balances(self) -> "Totals":
        if bool(self.opening) != bool(self.closing):
            raise ValueError("opening and closing are given together")
        return self

    @property
    def headings(self) -> frozenset[str]:
        """The headings that must be there."""
        return frozenset({self.count, *self.sums, self.opening, self.closing} - {""})


class TextTable(_Section):
    """A table of text, read by its headings, in whatever order they come.

    `kinds` says by the word under `kind` what a row is; `merchant` and `day` are headings under which every row must
    show our number and the day (written as `day_form`). `above`: what must stand in the lines above the headings, with
    `{merchant}` and `{day:%Y%m%d}`. After the last row come `lines_after` lines, or lines that begin with `remark`.
    `prefix` stands before every value. `zipped`: the file comes in a ZIP, in the one member with this ending.
    """

    encoding: Literal["gbk", "utf-8"] = "gbk"
    separators: tuple[str, ...] = ("\t",)
    kind: str
    kinds: Mapping[str, Kind]
    merchant: str = ""
    day: str = ""
    day_form: str = "%Y%m%d"
    above: tuple[str, ...] = ()
    lines_after: int = Field(0, ge=0, le=20)
    remark: str = ""
    totals: Totals | None = None
    prefix: str = ""
    order_prefix: str = ""
    account: str = ""
    zipped: str = ""

    @property
    def headings(self) -> frozenset[str]:
        """The headings that must be there."""
        of_kinds = {name for kind in self.kinds.values() for name in (kind.key, kind.order_id, kind.amount, kind.fee)}
        summed = set(self.totals.sums.values()) if self.totals else set()
        return frozenset({self.kind, self.merchant, self.day, self.account, *of_kinds, *summed} - {""})

    @property
    def may_be_missing(self) -> frozenset[str]:
        """Headings that are read where they are there."""
        return frozenset({kind.discount for kind in self.kinds.values()} - {""})


@cache
def known_layouts() -> Mapping[str, TextTable]:
    """The layouts that come with Heyi, by name."""
    return {
        path.stem: TextTable.model_validate(parse_yaml(path.read_text(encoding="utf-8")))
        for path in sorted(LAYOUTS.glob("*.yaml"))
    }


def _by_name(given: Any) -> Any:
    """A name, or a name with changes under `like`."""
    name = given if isinstance(given, str) else given.get("like") if isinstance(given, Mapping) else None
    if name is None:
        return given
    if name not in known_layouts():
        raise ValueError(f"no layout {name}; known: {', '.join(known_layouts())}")
    changes = {key: value for key, value in given.items() if key != "like"} if isinstance(given, Mapping) else {}
    return known_layouts()[name].model_dump() | changes


class Sftp(_Section):
    """A folder of an institution by SFTP. `host_key` is the server's public key, pinned; `path` names a day's file.

    `path` as `/out/{day:%Y%m%d}/bank_{day:%Y%m%d}.csv`.
    """

    host: str
    port: int = Field(22, ge=1, le=65535)
    user: str
    key_file: Path
    host_key: str = Field(description="as in known_hosts, without the name: 'ssh-ed25519 AAAA…'")
    path: str

    @model_validator(mode="after")
    def _names_a_day(self) -> "Sftp":
        if "{day" not in self.path:
            raise ValueError("the path must name the day, as {day:%Y%m%d}")
        return self


class SignedPath(Gateway):
    """Files of an institution over HTTPS, behind the gateway signature. `path` names a day's file.

    `path` as `/bank/v1/statements/6222/{day}`.
    """

    path: Annotated[str, StringConstraints(pattern=r"^/.*\{day[^}]*\}")]


class StatementWay(_Section):
    """How the statements of one source come. Without `table` they are in the institution's own format.

    `merchant`: our number in the table. `by` upload: a finance user brings each file.
    """

    by: Literal["institution", "sftp", "https", "upload"] = "institution"
    sftp: Sftp | None = None
    https: SignedPath | None = None
    table: Annotated[TextTable, BeforeValidator(_by_name)] | None = None
    merchant: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> "StatementWay":
        if (self.by == "sftp") != (self.sftp is not None):
            raise ValueError("sftp is given where by is sftp, and only there")
        if (self.by == "https") != (self.https is not None):
            raise ValueError("https is given where by is https, and only there")
        if self.table and self.by == "institution":
            raise ValueError("a table comes by sftp, https or upload")
        if self.table and not self.merchant:
            raise ValueError("a table needs the merchant or account that it is of")
        return self
