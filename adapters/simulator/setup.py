"""Who exists in the played world: merchants with their receivers, tax offices, treasuries, collecting units."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from adapters.simulator.refusal import first_error

_SATURDAY = 6
_Merchant = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{15}$")]


class SetupError(ValueError):
    """A world file or region file that cannot be used; says which file and field."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UmsSetup(_Part):
    """A merchant's contract with ChinaUMS: the open platform's app, the older interface's source, the signature."""

    source_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}$")]
    terminal: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{8}$")]
    app_id: str = ""
    message_source: str = ""
    product: str = "QRPAYDEFAULT"
    sign_type: Literal["MD5", "SHA256"] = "SHA256"


class QraSetup(_Part):
    """A contract with QRA: how its messages are signed. Each receiver is a merchant of its own."""

    sign_type: Literal["MD5", "SM3"] = "MD5"


class BankSetup(_Part):
    """The account into which the channel settles, and what the channel takes of each payment."""

    account: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,40}$")]
    rate: Annotated[Decimal, Field(ge=0, lt=1)] = Decimal(0)
    least_fen: int = Field(0, ge=0)
    most_fen: int | None = Field(None, ge=0)


class RegionSetup(_Part):
    """The institutions of one region and their numbers.

    `fees` maps finance's item codes to their names. `app_ids` are the callers that may use the gateways. The channel
    is UnionPay ACP, unless `ums` or `qra` is there. `business` is the bizType of its contract with ACP, `sign_method`
    the signMethod of both sides.
    """

    region: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    merchant: _Merchant
    treasury_receiver: _Merchant
    non_tax_receiver: _Merchant
    app_ids: tuple[str, ...] = Field(min_length=1)
    office_code: Annotated[str, StringConstraints(pattern=r"^\d{11}$")]
    treasury: Annotated[str, StringConstraints(pattern=r"^\d{10}$")]
    unit: str
    fees: Mapping[str, str]
    business: Literal["000201", "000000"] = "000201"
    sign_method: Literal["01", "11", "12"] = "01"
    ums: UmsSetup | None = None
    qra: QraSetup | None = None
    bank: BankSetup | None = None

    @model_validator(mode="after")
    def _has_one_channel(self) -> "RegionSetup":
        if self.ums and self.qra:
            raise ValueError("ums and qra are two channels; a region has one")
        return self

    @property
    def channel(self) -> str:
        """Through which channel the region is paid."""
        return "ums" if self.ums else "qra" if self.qra else "acp"

    @property
    def merchants(self) -> tuple[str, ...]:
        """The numbers under which orders are sent: with QRA each receiver's own."""
        return tuple(self.receivers) if self.qra else (self.merchant,)

    @property
    def receivers(self) -> Mapping[str, str]:
        """The merchant numbers into which the channel may divide money, with their short names."""
        return {self.treasury_receiver: "国库待报解预算收入", self.non_tax_receiver: "非税收入汇缴户"}


class Behaviour(_Part):
    """How the played institutions take their time.

    `resend_minute_seconds`: real seconds of one minute between two sends of a notification. `arrival_seconds`: how long
    money needs from the channel into treasury or non-tax account. `file_hour`: hour of the next day (Beijing time) from
    which a clearing day's file is there. `settlement_lines`: one line a receiver of an order, or one line an order.
    `return_seconds`: how long a refund is at work. `magic_amounts`: the last fen of an order bring a fault.
    `pass_on_seconds`: how long finance keeps a fee after it arrived. `bank_fee`: the bank shows the channel's fee as a
    debit of its own, or beside a net credit. `work_date_turns`: the hour at which the treasury's work date turns
    (日切); what arrives later, or on no workday, is of its next workday. Without it each day is one until midnight.
    """

    resend_minute_seconds: float = Field(default=60, gt=0)
    answer_seconds: float = Field(default=10, gt=0)
    arrival_seconds: float = Field(default=0.3, ge=0)
    return_seconds: float = Field(default=0.3, ge=0)
    pass_on_seconds: float = Field(default=3600, ge=0)
    file_hour: int = Field(default=9, ge=0, le=23)
    settlement_lines: Literal["receiver", "order"] = "receiver"
    magic_amounts: bool = False
    bank_fee: Literal["own_row", "beside"] = "own_row"
    work_date_turns: int | None = Field(default=None, ge=0, le=23)


class Setup(_Part):
    """The whole played world. `free` are its holidays, `worked` weekend days that are worked instead."""

    regions: tuple[RegionSetup, ...] = Field(min_length=1)
    behaviour: Behaviour = Behaviour()
    free: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        """Whether banks work on a day."""
        return day in self.worked or (day not in self.free and day.isoweekday() < _SATURDAY)

    @model_validator(mode="after")
    def _numbers_are_unique(self) -> "Setup":
        for name in ("region", "merchant", "unit", "office_code"):
            seen = [getattr(each, name) for each in self.regions]
            if len(set(seen)) != len(seen):
                raise ValueError(f"two regions have the same {name}")
        apps = [app for each in self.regions for app in each.app_ids]
        if len(set(apps)) != len(apps):
            raise ValueError("two regions have the same app id")
        return self


def read_world_file(path: Path) -> Setup:
    """Reads a world file, JSON or YAML. SetupError names the field that is wrong."""
    return _setup(path.name, _parsed(path.read_text(encoding="utf-8")))


def read_regions(folder: Path, behaviour: Behaviour | None = None) -> Setup:
    """Derives the world from a folder of region files `NNNNNN.yaml`, the ones that Heyi itself is configured with."""
    files = sorted(folder.glob("[0-9]" * 6 + ".yaml"))
    if not files:
        raise SetupError(f"{folder} holds no region file NNNNNN.yaml")
    # ${...} stands for addresses and key files of the other side, which mean nothing here.
    texts = (re.sub(r"\$\{[A-Z0-9_]+(:-[^}]*)?\}", "elsewhere", each.read_text(encoding="utf-8")) for each in files)
    regions = [_region(each.name, _parsed(text)) for each, text in zip(files, texts, strict=True)]
    return _setup(str(folder), {"regions": regions, "behaviour": behaviour or Behaviour(), **_calendar(folder)})


def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _calendar(folder: Path) -> dict[str, Any]:
    """The days off, and the weekend days worked, of `holidays.yaml`."""
    path = folder / "holidays.yaml"
    years = _parsed(path.read_text(encoding="utf-8")).values() if path.exists() else ()
    stretches = [stretch for year in years for stretch in year["free"]]
    free = [first + timedelta(days=n) for first, last in stretches for n in range((last - first).days + 1)]
    return {"free": free, "worked": [day for year in years for day in year["worked"]]}


def _region(file: str, content: Any) -> dict[str, Any]:
    try:
        channel, tax, non_tax = content["channel"], content["tax_office"], content["non_tax"]
        return {
            "region": content["region"],
            "merchant": channel["merchant"],
            "treasury_receiver": channel["receivers"]["treasury"],
            "non_tax_receiver": channel["receivers"]["non_tax"],
            "app_ids": tuple(dict.fromkeys((tax["app_id"], non_tax["app_id"]))),
            "office_code": tax["office_code"],
            "treasury": tax["treasury"],
            "unit": non_tax["unit"],
            "business": "000000" if channel["kind"] == "qra" or channel.get("product") == "qr" else "000201",
            "sign_method": channel.get("sign_method", "01"),
            "fees": {each["code"]: each["name"] for each in non_tax["items"].values()},
            **_contract(channel),
            **_bank(content),
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"{file}: {error} is missing or of another shape") from None


def _bank(content: Mapping[str, Any]) -> dict[str, Any]:
    """The settlement account of a region file that compares it, with the channel's fee."""
    bank = content.get("statements", {}).get("bank")
    if bank is None:
        return {}
    fee = {name: value for name, value in content.get("channel_fee", {}).items() if name != "shown"}
    return {"bank": {"account": bank["merchant"], **fee}}


def _contract(channel: Mapping[str, Any]) -> dict[str, Any]:
    """What a region file says of a channel other than ACP, as far as the channel itself knows it."""
    others: dict[str, type[BaseModel]] = {"ums": UmsSetup, "qra": QraSetup}
    known = others.get(channel["kind"])
    if known is None:
        return {}
    return {channel["kind"]: {name: channel[name] for name in known.model_fields if name in channel}}


def _setup(file: str, content: Any) -> Setup:
    try:
        return Setup.model_validate(content)
    except ValidationError as error:
        raise SetupError(f"{file}: {first_error(error)}") from None
