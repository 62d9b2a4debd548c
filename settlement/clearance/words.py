"""What the answer to the registry says of a line that is not through: what is missing, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Gap:
    """What a line lacks, and what to do."""

    missing: Said
    to_do: Said


_WAIT = Said(
    "无需操作，系统会继续查询；超时会自动开处理单。", "Nothing; it is asked for again, and a case opens when late."
)
_PAY = Said("请缴款方扫缴款码缴款。", "Let the payer scan the code and pay.")
_CONFIRM = Said("请在登记窗口确认缴款单。", "Confirm the bill at the window.")

GAPS: Mapping[str, Gap] = {
    "planned": Gap(Said("缴款单尚未确认", "the bill is not confirmed"), _CONFIRM),
    "due": Gap(Said("尚未缴款", "not paid"), _PAY),
    "in_transit": Gap(Said("已缴款，尚未入库", "paid, not in its account yet"), _WAIT),
    "received": Gap(Said("征收机关已收款，尚未入库", "received, not in the treasury yet"), _WAIT),
    "sent_back": Gap(
        Said("国库或财政已退回，待查明", "sent back by treasury or finance, being looked into"),
        Said("请财务在处理单上查明后重新划转。", "Let finance clear it up on its case and send it again."),
    ),
    "wrong_subject": Gap(
        Said("入库科目有误，待更正", "booked under a wrong subject, to be corrected"),
        Said("请征收机关更正科目。", "Let the collecting office correct the subject."),
    ),
    "held": Gap(
        Said("已申请退款，款项暂停划转", "a refund is proposed; the money is held"),
        Said("请财务批准或驳回退款申请。", "Let finance decide on the refund."),
    ),
    "returned": Gap(
        Said("款项已原路退回", "the money was given back"),
        Said("如仍需登记，请重新受理并缴款。", "Take the case in again if it is still to be registered."),
    ),
    "refunded": Gap(
        Said("该项已退库（退付）", "this was refunded from its account"),
        Said("如仍需登记，请重新受理并缴款。", "Take the case in again if it is still to be registered."),
    ),
    "no_certificate": Gap(Said("已入库，完税证明未取得", "in the treasury, no certificate yet"), _WAIT),
    "no_check": Gap(Said("完税证明尚未核验", "its certificate was not looked up yet"), _WAIT),
    "no_confirmation": Gap(Said("已入专户，非税平台未确认", "in the account, not confirmed yet"), _WAIT),
}

STATES: Mapping[str, Gap] = {
    "drafted": Gap(Said("缴款单尚未确认", "the bill is not confirmed"), _CONFIRM),
    "stopped": Gap(
        Said("税务核定金额与本单不同，已暂停", "the tax office's amount differs; the bill is stopped"),
        Said(
            "请与税务核对价格、面积、套数后重新确认。",
            "Clear up price, area and homes with the tax office, confirm again.",
        ),
    ),
    "withdrawn": Gap(
        Said("缴款单已作废", "the bill was withdrawn"),
        Said("请重新受理。", "Take the case in again."),
    ),
    "refunded": Gap(
        Said("款项已退回，缴款单已终止", "the money was given back; the bill has ended"),
        Said("请重新受理。", "Take the case in again."),
    ),
}

CERTIFICATE = Gap(
    Said("完税证明核验不符", "a certificate does not fit the tax office's record"),
    Said(
        "请与税务核实，更正后重新核验；或由两人在处理单上结案。",
        "Clear it up with the tax office, check again; or let two people close the case.",
    ),
)
