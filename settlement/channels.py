"""The contracts with payment channels, as a region configures them: merchant numbers, keys, windows, limits.

What nobody knows for sure is a field here. Protocols and limits: docs/channels.md.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from settlement.ports.limits import Limits

Merchant = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{15}$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Receivers(_Section):
    """The channel's numbers for the two accounts into which the money goes."""

    treasury: Merchant
    non_tax: Merchant

    @model_validator(mode="after")
    def _are_two(self) -> "Receivers":
        if self.treasury == self.non_tax:
            raise ValueError("treasury and non_tax are two receivers")
        return self


class _Contract(_Section):
    """What every contract says.

    `pay_minutes`: how long an order can be paid. `refund_days`: clearing days in which the channel gives money back.
    `confirm_by_query`: whether a verified notification counts only when a query says the same. `code_most_fen`: what a
    payer's own phone can pay in one order, by the contract or the wallets' rules; more is paid by card at the counter.
    """

    gateway: str
    merchant: Merchant
    receivers: Receivers
    pay_minutes: int = Field(15, ge=5, le=120)
    code_most_fen: int | None = Field(None, ge=1)


def _refund_days(said: dict[str, Any]) -> int:
    """30 days for codes, 90 for the front gateway (facts: channels A.9)."""
    return 30 if said.get("product") == "qr" else 90


class AcpChannel(_Contract):
    """UnionPay ACP 5.1.0 for one merchant.

    `sign_method` is how both sides sign (signMethod): 01 RSA under certificates; 11 SHA-256, 12 SM3 with a shared key.
    `product`: the payer's browser goes to the gateway's cashier, or a code is applied for (主扫). `most_receivers`: as
    the contract for dividing (分账) says, at most 5.
    """

    kind: Literal["acp"]
    product: Literal["gateway", "qr"] = "gateway"
    file_download: str
    sign_method: Literal["01", "11", "12"] = "01"
    signing_key: Path | None = Field(None, description="of method 01")
    signing_certificate: Path | None = Field(None, description="of method 01")
    secure_key_file: Path | None = Field(None, description="of methods 11 and 12: the key that the platform shows")
    trusted_roots: tuple[Path, ...] = Field((), description="of method 01, and to pin encryption certificates")
    trusted_middles: tuple[Path, ...] = ()
    signer: str = "中国银联股份有限公司"
    confirm_by_query: bool = False
    refund_days: int = Field(default_factory=_refund_days, ge=1, le=330)
    undo_same_day: bool = Field(False, description="whether a whole payment is undone on its own clearing day")
    zm_layout: Literal["5.0", "5.1"] = Field(
        "5.1", description="which ZM layout the settlement file has; no line shows it"
    )
    test_cards: tuple[Annotated[str, StringConstraints(pattern=r"^[0-9]{16,19}$")], ...] = Field(
        ("6216261000000000018",), description="cards of UnionPay's test environment, which its developers' pages print"
    )
    sha1_links: bool = Field(False, description="only for UnionPay's test environment, whose chain is signed so")
    most_receivers: int = Field(5, ge=1, le=5)
    encryption_certificates: Path | None = Field(
        None,
        description="the folder in which UnionPay's encryption certificates are pinned; none: they are not asked for",
    )

    @model_validator(mode="after")
    def _has_what_its_method_needs(self) -> "AcpChannel":
        if self.sign_method != "01":
            if self.secure_key_file is None:
                raise ValueError(f"sign_method {self.sign_method} needs secure_key_file")
        elif not (self.signing_key and self.signing_certificate and self.trusted_roots):
            raise ValueError("sign_method 01 needs signing_key, signing_certificate and trusted_roots")
        if self.encryption_certificates and not self.trusted_roots:
            raise ValueError("encryption_certificates needs trusted_roots, by which they are believed")
        return self

    @property
    def limits(self) -> Limits:
        """32 is the width of the settlement file's column; nine digits of fen for one receiver."""
        return Limits(longest_order_id=32, most_receivers=self.most_receivers, most_of_a_part=10**9 - 1)


class UmsChannel(_Contract):
    """ChinaUMS bills for one merchant: one code for 云闪付, WeChat and Alipay.

    `source_id` is the four characters with which every bill number of ours begins. Two secrets: `app_key_file` signs
    requests of the open platform; `communication_key_file` signs notifications, and requests of the older interface.
    """

    kind: Literal["ums"]
    interface: Literal["open_platform", "route_server"] = "open_platform"
    app_id: str = Field("", description="of the open platform")
    app_key_file: Path | None = Field(None, description="of the open platform")
    message_source: str = Field("", description="msgSrc of the older interface")
    communication_key_file: Path
    source_id: Annotated[str, StringConstraints(pattern="^[0-9A-Z]{4}$")]
    terminal: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{8}$")]
    product: str = Field("QRPAYDEFAULT", description="instMid; later messages must use the same")
    sign_type: Literal["MD5", "SHA256"] = "SHA256"
    confirm_by_query: bool = Field(True, description="a notification shows no split and is signed with a shared key")
    refund_days: int = Field(90, ge=1, le=330)
    most_receivers: int = Field(20, ge=1, le=20)

    @model_validator(mode="after")
    def _has_what_its_interface_needs(self) -> "UmsChannel":
        if self.interface == "open_platform" and not (self.app_id and self.app_key_file):
            raise ValueError("the open platform needs app_id and app_key_file")
        if self.interface == "route_server" and not self.message_source:
            raise ValueError("the older interface needs message_source")
        return self

    @property
    def limits(self) -> Limits:
        """28 characters of a bill number, of which four are the source's."""
        return Limits(longest_order_id=24, most_receivers=self.most_receivers)


class MerchantKeys(_Section):
    """The keys of the two merchants that receive money through QRA."""

    treasury: Path
    non_tax: Path


class QraChannel(_Contract):
    """UnionPay QRA: one code for 云闪付, WeChat and Alipay, without dividing.

    No public source shows a QRA order divided among receivers, so each receiver is a merchant of its own with its own
    key, and an order goes to one of them. `merchant` names the contract in the book.
    """

    kind: Literal["qra"]
    key_files: MerchantKeys
    sign_type: Literal["MD5", "SM3"] = "MD5"
    caller_address: str = Field("127.0.0.1", description="mch_create_ip: where our requests come from")
    day_turns_at: int = Field(23, ge=0, le=23, description="the hour, in China, at which the channel's day turns")
    confirm_by_query: bool = Field(True, description="notifications are signed with a shared key")
    refund_days: int = Field(90, ge=1, le=330)

    @property
    def limits(self) -> Limits:
        """out_trade_no has at most 32 characters."""
        return Limits(longest_order_id=32, most_receivers=1)


Channel = Annotated[AcpChannel | UmsChannel | QraChannel, Field(discriminator="kind")]
