"""The tax office's answers, as they are on the wire."""

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from adapters.wire.answers import Answer, Day, Text, Yuan

_Element = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,20}$")]


class VoucherAnswer(Answer):
    """纳税三要素 of one item of one side, with the tax office's amount."""

    taxpayer_id: _Element
    office_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}$")]
    levy_number: _Element
    side: Literal["transferee", "transferor", "owner", "applicant"]
    item: Text
    amount: Yuan


class DeclarationAnswer(Answer):
    """The vouchers of a declaration. They sum to the total, and no item of a side comes twice."""

    reference: Text
    total: Yuan
    vouchers: tuple[VoucherAnswer, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sum(voucher.amount for voucher in self.vouchers) != self.total:
            raise ValueError("the vouchers do not sum to the total")
        if any(voucher.amount <= 0 for voucher in self.vouchers):
            raise ValueError("a voucher without an amount above zero")
        if len({(voucher.side, voucher.item) for voucher in self.vouchers}) != len(self.vouchers):
            raise ValueError("an item of one side has two vouchers")
        if len({(voucher.office_code, voucher.levy_number) for voucher in self.vouchers}) != len(self.vouchers):
            raise ValueError("a levy number comes twice")
        return self


class StatusAnswer(Answer):
    """How far a voucher is; what is known grows with the state."""

    state: Literal["unpaid", "received", "in_treasury", "sent_back"]
    tax_voucher_no: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{1,18}$")] | None
    budget_subject: Text | None
    budget_level: Text | None
    treasury: Text | None
    treasury_date: Day | None
    sent_back_no: Text | None = None
    taken_on: Day | None = None
    taken_under: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] | None = None

    @model_validator(mode="after")
    def _fits_its_state(self) -> Self:
        receipt = [self.tax_voucher_no, self.budget_subject, self.budget_level, self.treasury]
        if self.state == "sent_back" and self.tax_voucher_no is None:  # before all portions of it had come
            receipt = receipt[1:]
        if any((field is None) != (self.state == "unpaid") for field in receipt):
            raise ValueError(f"state {self.state} with the receipt {receipt}")
        if (self.treasury_date is not None) != (self.state == "in_treasury"):
            raise ValueError(f"state {self.state} with the treasury date {self.treasury_date}")
        if (self.sent_back_no is not None) != (self.state == "sent_back"):
            raise ValueError(f"state {self.state} with the return {self.sent_back_no}")
        return self


class CertificateAnswer(Answer):
    """税收完税证明 of one voucher."""

    number: Text
    kind: Text
    issued_on: Day
    amount: Yuan
