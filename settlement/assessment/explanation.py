"""What a citizen reads: one sentence per line, made from the steps of the same run."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from foundation.money import yuan
from settlement.assessment.assessment import Explanation
from settlement.assessment.definitions import Rule
from settlement.assessment.errors import NeedsFact
from settlement.assessment.evaluation import Decision, Evaluation, Why
from settlement.assessment.formulas import rounded
from settlement.assessment.pays import ByBrackets, Each, Pays, Rate
from settlement.assessment.trace import Number, Step, Value, exact_text
from settlement.assessment.vocabulary import Name, Vocabulary, number

_PLACE = re.compile(r"\{([a-z_.0-9]+)\}")


def sentence(
    decision: Decision, run: Evaluation, attachment: int = 0, whatever: tuple[str, ...] = ()
) -> tuple[str, str]:
    """The sentence of a line in Chinese and English: what is owed, of what, at which rate, why, by which document.

    `whatever` are unknown facts that lead to different rules, but not to another amount.
    """
    if whatever:
        return _whatever(decision, run.vocabulary, whatever)
    zh, en = _calculation(decision)
    why_zh, why_en = [_filled(decision.active.rule.because, run, language) for language in ("zh", "en")]
    base_zh, base_en = _special_base(decision, run)
    tables = {id(step): step for step in _tables(decision.step)}.values()
    rows = [text for step in tables if (text := _row_text(step, run.vocabulary))]
    law = decision.active.version.law
    name = decision.definition.name
    unit = run.vocabulary["property.use"].words.get(str(run.facts.get("property.use"))) if attachment else None
    of_zh, of_en = (f"（{unit.zh}）", f" on the {unit.en}") if unit else ("", "")
    return (
        f"{name.zh}{of_zh} {zh}，因为{'，'.join([why_zh, *(row.zh for row in rows), *base_zh])}（{law.zh}）",
        f"{name.en}{of_en} {en}, because {', and '.join([why_en, *(row.en for row in rows), *base_en])} ({law.en})",
    )


def _whatever(decision: Decision, vocabulary: Vocabulary, facts: tuple[str, ...]) -> tuple[str, str]:
    zh, en = _calculation(decision)
    known = [vocabulary[fact] for fact in facts if fact in vocabulary]
    law, name = decision.active.version.law, decision.definition.name
    return (
        f"{name.zh} {zh}，不论{'、'.join(each.zh for each in known)}如何（{law.zh}）",
        f"{name.en} {en}, whatever the {' or '.join(each.en for each in known)} ({law.en})",
    )


def question(needs: tuple[str, ...], vocabulary: Vocabulary, parameters: Mapping[str, Name]) -> Explanation:
    """What has to be known before a line can be determined."""
    names = [
        parameters[need.removeprefix("parameters.")]
        if need.startswith("parameters.")
        else Name(zh=vocabulary[need].zh, en=vocabulary[need].en)
        for need in needs
    ]
    return Explanation(
        zh=f"还需要：{'、'.join(name.zh for name in names)}",
        en=f"Still needed: {'; '.join(name.en for name in names)}",
    )


@lru_cache(maxsize=256)
def percent(rate: Number) -> str:
    """A rate as people read it: 1/100 → 1%."""
    text = exact_text(rate * 100)
    return f"{text}%" if "/" not in text else exact_text(rate)


def _calculation(decision: Decision) -> tuple[str, str]:
    amount = yuan(int(number(decision.step.value)))
    zh, en = f"{amount} 元", f"{amount} yuan"
    owed = decision.owed
    if owed.base is not None and owed.rate is not None:
        base = yuan(rounded(owed.base, "fen"))
        pays, rate = decision.active.version.pays, percent(owed.rate)
        if isinstance(pays, ByBrackets):
            less_zh, less_en = _quick_deduction(owed.step)
            return f"{zh} = {base} 元 × {rate}{less_zh}", f"{en} = {base} × {rate}{less_en}"
        exact = _plainly_rounded(pays) or decision.step.value == rounded(owed.base * owed.rate, "fen")
        return f"{zh} {'=' if exact else '≈'} {base} 元 × {rate}", f"{en} {'=' if exact else '≈'} {base} × {rate}"
    if isinstance(decision.active.version.pays, Each):
        each, pieces = (number(step.value) for step in owed.step.of)
        price = yuan(rounded(each, "fen"))
        return f"{zh} = {price} 元 × {exact_text(pieces)}", f"{en} = {price} × {exact_text(pieces)}"
    return zh, en


def _quick_deduction(step: Step) -> tuple[str, str]:
    """What the bracket takes off the gain times its rate: the deductions times a share."""
    difference = step.of[0] if step.form == "round" else step
    deductions, less = (number(part.value) for part in difference.of[1].of)
    if not less:
        return "", ""
    amount = yuan(rounded(deductions, "fen"))
    return f" - {amount} 元 × {percent(less)}", f" - {amount} × {percent(less)}"


def _plainly_rounded(pays: Pays) -> bool:
    """Whether the amount is always base times rate, rounded to the fen; not so to the jiao or with relief."""
    return isinstance(pays, Rate) and pays.relief is None and pays.rounding.unit == "fen"


def _filled(because: Name, run: Evaluation, language: str) -> str:
    """A reason with the facts it mentions put in."""

    def shown(match: re.Match[str]) -> str:
        try:
            return _words(match[1], run.fact(match[1]), run.vocabulary, language)
        except NeedsFact:
            return "…"

    return _PLACE.sub(shown, because.zh if language == "zh" else because.en)


def _words(name: str, value: Value | None, vocabulary: Vocabulary, language: str) -> str:
    entry = vocabulary[name]
    if value is None:
        return "—"
    if isinstance(value, str) and value in entry.words:
        return getattr(entry.words[value], language)  # type: ignore[no-any-return]
    if entry.kind == "fen":
        return yuan(int(number(value)))
    return exact_text(value)


def _special_base(decision: Decision, run: Evaluation) -> tuple[list[str], list[str]]:
    """Why the amounts that this decision builds on are not the usual ones."""
    reasons = [rule.because for rule in _rules_below(decision.owed.step) if rule.when.alternatives]
    return [_filled(each, run, "zh") for each in reasons], [_filled(each, run, "en") for each in reasons]


def _rules_below(step: Step) -> Iterator[Rule]:
    if step.form == "decision":
        if isinstance(step.reasons, Why) and not step.reasons.definition.payer:
            yield step.reasons.active.rule
        return
    for part in step.of:
        yield from _rules_below(part)


def _tables(step: Step) -> Iterator[Step]:
    """The tables that this decision used itself, not those of quantities below it."""
    for part in step.of:
        if part.form in ("brackets", "choice"):
            yield part
        if part.form != "decision":
            yield from _tables(part)


def _row_text(step: Step, vocabulary: Vocabulary) -> Name | None:
    on = step.of[0]
    if on.form != "fact":
        return None
    entry = vocabulary[on.name]
    if step.form == "choice":
        word = entry.words[str(on.value)]
        return Name(zh=f"{entry.zh}：{word.zh}", en=f"{entry.en}: {word.en}")
    unit = entry.unit or Name(zh="", en="")
    found, detail = exact_text(on.value), step.detail or {}
    zh, en = [], []
    if "above" in detail:
        zh.append(f"超过 {detail['above']} {unit.zh}")
        en.append(f"above {detail['above']} {unit.en}")
    if "up_to" in detail:
        zh.append(f"不超过 {detail['up_to']} {unit.zh}")
        en.append(f"not above {detail['up_to']} {unit.en}")
    return Name(
        zh=f"{entry.zh} {found} {unit.zh}{'、'.join(zh)}".rstrip(),
        en=f"the {entry.en} of {found} {unit.en} is {' and '.join(en)}".rstrip(),
    )
