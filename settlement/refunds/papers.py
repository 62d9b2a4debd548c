"""The ways in which money goes back, and the papers that each needs.

A tax that is in the treasury goes back by 收入退还书 straight to the taxpayer's account (预算法实施条例 art. 68,
税收征管法 art. 51); a fee in the non-tax account by 退付 of the collecting unit and finance, with a red-letter
e-receipt. What papers a city asks for beyond these is its own; the list is what the law and the platforms name.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a refund."""

    zh: str
    en: str


CHANNEL, BY_HAND, TREASURY, NON_TAX = "channel", "by_hand", "treasury", "non_tax"

PAPERS: Mapping[str, tuple[Paper, ...]] = {
    CHANNEL: (),
    BY_HAND: (
        Paper("向收单机构提出的退款函（加盖公章）", "letter to the acquirer, sealed"),
        Paper("原交易查询流水号及对账单", "query number of the payment, with the statement"),
        Paper("缴款人银行账户信息", "the payer's bank account"),
    ),
    TREASURY: (
        Paper("退（抵）税申请表", "application for a tax refund"),
        Paper("原税收完税证明", "the tax certificate"),
        Paper("合同解除、登记未办结等退税依据", "what the refund rests on: a rescinded contract, no registration"),
        Paper("纳税人银行账户信息", "the taxpayer's bank account"),
        Paper("收入退还书", "treasury refund order (收入退还书)"),
    ),
    NON_TAX: (
        Paper("非税收入退付申请表", "application for a non-tax refund"),
        Paper("原财政电子票据", "the fiscal e-receipt"),
        Paper("红字财政电子票据（冲红）", "the red-letter e-receipt"),
        Paper("缴款人银行账户信息", "the payer's bank account"),
    ),
}

CASE_KIND: Mapping[str, str] = {BY_HAND: "R-by-hand", TREASURY: "R-treasury", NON_TAX: "R-non-tax"}
"""The kind of the case that waits for a person, where a way is not carried out by the channel."""

NAMES: Mapping[str, Paper] = {
    CHANNEL: Paper("原路退回", "back through the channel"),
    BY_HAND: Paper("由收单机构线下退回", "by the acquirer by hand"),
    TREASURY: Paper("国库退库", "treasury refund"),
    NON_TAX: Paper("非税退付", "non-tax refund"),
}
