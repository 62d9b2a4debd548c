"""Why rows differ, in one sentence with both figures, in Chinese and English."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from foundation.money import yuan
from reconciliation.pairing import Finding, Relation
from reconciliation.ports import BookRow, KnownRow, Standing
from settlement.ports.statements import ADJUSTMENT, DIVIDED_OTHERWISE, TEST, Beside, Source, StatementRow


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages."""

    zh: str
    en: str

    def and_then(self, other: "Sentence") -> "Sentence":
        """Both, as one sentence."""
        return Sentence(f"{self.zh}；{other.zh}", f"{self.en}; {other.en}")


SOURCE_NAMES = {
    Source.channel: Sentence("银联", "UnionPay"),
    Source.treasury: Sentence("国库", "the treasury"),
    Source.non_tax: Sentence("财政非税", "non-tax"),
    Source.bank: Sentence("结算银行", "the settlement bank"),
    Source.tax_status: Sentence("税务", "the tax office"),
    Source.e_receipts: Sentence("财政电子票据", "the e-receipts"),
}

_STANDINGS = {
    Standing.pending: Sentence("我方该单待支付", "our order is still waiting for payment"),
    Standing.part: Sentence("我方该笔只缴了一部分", "only a part of ours is paid"),
    Standing.failed: Sentence("我方该单记为失败", "our order is recorded as failed"),
    Standing.closed: Sentence("我方该单已关闭", "our order was closed"),
    Standing.replaced: Sentence("该码已被替换", "the code was replaced by another"),
    Standing.returned: Sentence("我方已由渠道原路退回缴款人", "we gave it back to the payer through the channel"),
    Standing.done: Sentence("我方该单已缴", "our order is paid already"),
}


_FLAGS = {
    TEST: Sentence("对账单标为测试卡或测试商户的交易", "the statement has it under a test card or test merchant"),
    DIVIDED_OTHERWISE: Sentence("分项合计不等于退款额", "its parts do not come to what went back"),
}


def of_finding(finding: Finding, source: Source, beside: Beside) -> Sentence:
    """Why two rows that belong together are not equal: every field that differs."""
    our, their = finding.ours[0], finding.theirs[0]
    name = SOURCE_NAMES[source]
    match finding.relation:
        case Relation.repeated:
            seen = Sentence(
                f"对账单第 {their.line_no} 行又一次出现 {their.key}，我方只有 {len(finding.ours)} 笔",
                f"line {their.line_no} of the statement shows {their.key} once more, we have it "
                f"{'once' if len(finding.ours) == 1 else f'{len(finding.ours)} times'}",
            )
            return seen.and_then(figures(0, their.amount_fen, source))
        case Relation.parts:
            total, ours, theirs = yuan(_sum(finding.ours)), _parts(finding.ours), _parts(finding.theirs)
            return Sentence(
                f"合计相同 {total}，分项不同：我方 {ours}，{name.zh} {theirs}",
                f"Sums agree at {total}, parts differ: ours {ours}, {name.en} {theirs}",
            )
    differing = []
    if our.amount_fen != their.amount_fen:
        sums = figures(our.amount_fen, their.amount_fen, source)
        differing.append(Sentence(f"金额不同：{sums.zh}", f"Amount differs: {sums.en}"))
    if their.key in beside.discounts:
        differing.append(_discounted(their, beside.discounts[their.key]))
    if source is Source.channel and their.account != our.account:
        differing.append(_set_apart(their, beside))
    for zh, en, ours, theirs in (
        ("去向", "account", our.account, their.account),
        ("号码", "number", our.key, their.key),
    ):
        if zh == "号码" and our.amount_fen < 0 and not ours:
            differing.append(_not_recorded(theirs, name))
        elif ours != theirs and not (zh == "去向" and source is Source.channel):
            differing.append(
                Sentence(f"{zh}不同：我方 {ours or '无'}，{name.zh} {theirs or '无'}",
                         f"{en} differs: ours {ours or 'none'}, {name.en} {theirs or 'none'}")
            )  # fmt: skip
    if our.amount_fen == their.amount_fen:
        differing.append(Sentence(f"金额相同 {yuan(our.amount_fen)}", f"amount is the same, {yuan(our.amount_fen)}"))
    whole = differing[0]
    for one in differing[1:]:
        whole = whole.and_then(one)
    return whole


def _not_recorded(paper: str, name: Sentence) -> Sentence:
    """What was approved to go back, and went, before anybody here recorded it."""
    return Sentence(
        f"{name.zh}已按凭证 {paper} 退出，我方尚未登记", f"went back at {name.en} under {paper}, not recorded here"
    )


def _discounted(their: StatementRow, discount_fen: int) -> Sentence:
    """Gross, net, and what stands between them."""
    net, borne, gross = yuan(abs(their.amount_fen)), yuan(discount_fen), yuan(abs(their.amount_fen) + discount_fen)
    return Sentence(
        f"对账单列优惠 {borne}（非缴款人承担）：{net} + {borne} = {gross}",
        f"the statement names a discount of {borne} that the payer did not bear: {net} + {borne} = {gross}",
    )


def _set_apart(their: StatementRow, beside: Beside) -> Sentence:
    """What a channel's row says of itself where others say nothing: a flag, or another merchant."""
    if their.account not in _FLAGS:
        return Sentence(f"商户号不同：银联 {their.account}，不是我方商户",
                        f"merchant differs: UnionPay has {their.account}, which is not ours")  # fmt: skip
    flag = _FLAGS[their.account]
    if their.key not in beside.part_sums:
        return flag
    parts, whole = yuan(beside.part_sums[their.key]), yuan(abs(their.amount_fen))
    return Sentence(f"{flag.zh}：分项 {parts}，退款 {whole}", f"{flag.en}: parts {parts}, refund {whole}")


def of_missing(our: BookRow, source: Source) -> Sentence:
    """Ours, due, and not in the statement."""
    name, number = SOURCE_NAMES[source], our.key or our.second_key
    due = Sentence(
        f"{number} 应于 {our.expected_on} 前出现在{name.zh}对账单，至今未见",
        f"{number} should have been in a statement of {name.en} by {our.expected_on} and is not",
    )
    return due.and_then(figures(our.amount_fen, 0, source))


def of_unknown(their: StatementRow, source: Source, known: KnownRow | None, beside: Beside) -> Sentence:
    """Theirs, and not counted in our book; `known` is what of ours it names, None if it was never ours."""
    name = SOURCE_NAMES[source]
    number = f"{their.key}（{their.second_key}）" if their.second_key else their.key
    line = Sentence(
        f"{name.zh}对账单第 {their.line_no} 行 {number}",
        f"Line {their.line_no} of the statement of {name.en}, {number.replace('（', ' (').replace('）', ')')}",
    )
    ours = _STANDINGS[known.standing] if known else Sentence("我方从无此笔", "was never ours")
    if known and known.amount_fen < 0 < their.amount_fen:
        ours = _came_back(known.second_key if source is Source.channel else known.key, source)
    whole = Sentence(f"{line.zh}：{ours.zh}", f"{line.en}: {ours.en}")
    if source is Source.channel and their.account not in ("", ADJUSTMENT):
        whole = whole.and_then(_set_apart(their, beside))
    return whole.and_then(figures(0, their.amount_fen, source))


def _came_back(number: str, source: Source) -> Sentence:
    what = Sentence("退款", "refund") if source is Source.channel else Sentence("退付", "return")
    return Sentence(f"我方{what.zh} {number} 被退回", f"our {what.en} {number} came back")


def not_due(our: BookRow) -> Sentence:
    """Ours, and not due yet."""
    return Sentence(f"未到期，预计 {our.expected_on} 前到", f"not due before {our.expected_on}")


def not_carried_out() -> Sentence:
    """Ours, approved to go back at a counter, and not recorded as carried out."""
    return Sentence("退款已批准，待办理并登记凭证号", "approved to go back, not yet recorded as carried out")


def matched_later(our: BookRow) -> Sentence:
    """Ours, and since matched with a later statement."""
    return Sentence(f"已在 {our.matched_on} 的对账单中核对一致", f"matched with the statement of {our.matched_on}")


def decided(case_no: int) -> Sentence:
    """Ours, overdue, and two people have decided what becomes of it."""
    return Sentence(f"差错单 {case_no} 已处理，尚未到账", f"case {case_no} is decided; it has not come yet")


def differs_later(day: date) -> Sentence:
    """Ours, and a difference of a later statement."""
    return Sentence(f"见 {day} 对账单的差错", f"a difference of the statement of {day}")


def waits_for_statement(missing: date) -> Sentence:
    """Ours, due, but the statement in which it may stand is not there."""
    return Sentence(f"等待 {missing} 的对账单", f"waits for the statement of {missing}")


def may_stand_on_an_unread_line() -> Sentence:
    """Ours, due, and its statement has lines that could not be read."""
    return Sentence("对账单有行读不出，本笔可能在其中", "may stand on a line of the statement that could not be read")


def figures(our_fen: int, their_fen: int, source: Source) -> Sentence:
    """Both figures and the difference, in yuan."""
    difference = their_fen - our_fen
    signed = f"{'+' if difference > 0 else ''}{yuan(difference)}"
    name = SOURCE_NAMES[source]
    return Sentence(
        f"我方 {yuan(our_fen)}，{name.zh} {yuan(their_fen)}，差 {signed}",
        f"ours {yuan(our_fen)}, {name.en} {yuan(their_fen)}, difference {signed}",
    )


def _parts(rows: Sequence[BookRow] | Sequence[StatementRow]) -> str:
    return " + ".join(f"{row.account} {yuan(row.amount_fen)}" for row in rows)


def _sum(rows: Sequence[BookRow]) -> int:
    return sum(row.amount_fen for row in rows)
