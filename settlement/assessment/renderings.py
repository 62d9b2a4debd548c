"""Three readers of one run: a sentence for the citizen, facts and reasons for the clerk, the tree for the auditor."""

from collections.abc import Iterator, Mapping
from typing import Any

from foundation.money import yuan
from settlement.assessment.assessment import Assessment, Line
from settlement.assessment.rule_set import RuleSet
from settlement.assessment.vocabulary import Vocabulary

SOURCES = {"fact": ("业务登记信息", "the transaction"), "parameter": ("规则参数", "the rules")}


def citizen(assessment: Assessment, rules: RuleSet, language: str = "zh") -> list[str]:
    """A sentence for each line, with the payer where several owe the item; then what is needed for the open ones."""
    sentences = [_whose(line, assessment, rules, language) for line in assessment.lines]
    for each in assessment.open:
        low, high = yuan(each.min_fen), yuan(each.max_fen)
        name, asked = owed_by(rules, each.item, each.payer, language), getattr(each.question, language)
        amounts = f"{low} 至 {high} 元，" if language == "zh" else f"{low} to {high} yuan. "
        sentences.append(f"{name} {amounts}{asked}")
    return sentences


def _whose(line: Line, assessment: Assessment, rules: RuleSet, language: str) -> str:
    said: str = getattr(line.explanation, language)
    if len({each.payer for each in assessment.lines if each.item == line.item}) == 1:
        return said
    who = rules.files.set.payers[line.payer]
    return f"{who.zh}：{said}" if language == "zh" else f"{who.en.capitalize()}: {said}"


def owed_by(rules: RuleSet, item: str, payer: str, language: str = "zh") -> str:
    """An item and who owes it, as people say it."""
    name, who = rules.files.national[item].name, rules.files.set.payers[payer]
    return f"{name.zh}（{who.zh}）" if language == "zh" else f"{name.en} of the {who.en}"


def clerk(line: Line, vocabulary: Vocabulary, language: str = "zh") -> list[str]:
    """The rule, every fact and parameter that it used with its source, and each rule that did not apply and why."""
    zh = language == "zh"
    trace = line.trace
    said = [getattr(line.explanation, language)]
    said.append(f"  {'规则' if zh else 'rule'}: {line.rule} ({trace['level']}, {trace['certainty']})")
    said.extend(f"  {'依据' if zh else 'law'}: {reference}" for reference in line.references)
    used = {(kind, name): (value, source) for kind, name, value, source in _used(trace)}
    for (kind, name), (value, level) in used.items():
        known = vocabulary[name] if kind == "fact" and name in vocabulary else None
        words = f" {known.zh if zh else known.en}" if known else ""
        source = SOURCES[kind][0 if zh else 1] + (f" {level}" if level else "")
        said.append(f"  {'使用' if zh else 'used'}: {name}{words} = {value} ({source})")
    for each in trace["rejected"]:
        if "outranked_by" in each:
            reason = f"{'让位于' if zh else 'outranked by'} {each['outranked_by']}"
        else:
            reason = "; ".join(f"{demand['demand']} ({demand['found'] or '—'})" for demand in each["failing"])
        said.append(f"  {'不适用' if zh else 'not applied'}: {each['rule']}: {reason}")
    return said


def auditor(assessment: Assessment) -> dict[str, Any]:
    """Every line with its whole tree, and the hash of the set that works it out again."""
    return {
        "rule_set": assessment.rule_set,
        "lines": [
            {"item": line.item, "payer": line.payer, "amount_fen": line.amount_fen, "trace": dict(line.trace)}
            for line in assessment.lines
        ],
    }


def _used(node: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Facts and parameters below a node: kind, name, value, and the level that set a parameter."""
    if node["form"] in SOURCES:
        yield node["form"], node["name"], node["value"], node.get("level", "")
    for each in node.get("because", ()):
        name, _, _ = each["demand"].partition(" ")
        if not name.startswith("parameters."):
            yield "fact", name, each["found"], ""
    for part in node.get("of", ()):
        yield from _used(part)
