"""`heyi assess` and `heyi rules`: what is owed, on the command line, and the rules it rests on."""

import json
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.errors import BadInput, HeyiError
from foundation.money import yuan

rules_app = typer.Typer(no_args_is_help=True, help="The rules: check them, show them, compare them.")


class Reader(StrEnum):
    """For whom an explanation is printed."""

    citizen = "citizen"
    clerk = "clerk"
    auditor = "auditor"


class Language(StrEnum):
    """Of the explanation."""

    zh = "zh"
    en = "en"


def assess(
    file: Annotated[
        str, typer.Argument(help="A JSON file with a transaction, a case or a list of cases; - reads stdin.")
    ],
    explain: Annotated[bool, typer.Option("--explain", help="Print it for people.")] = False,
    reader: Annotated[Reader, typer.Option(help="With --explain: for whom.")] = Reader.citizen,
    language: Annotated[Language, typer.Option(help="With --explain: in which language.")] = Language.zh,
) -> None:
    """Assesses transactions and prints one JSON array: lines, open questions, and an error for what is refused."""
    from settlement.assessment import rules_in_force
    from settlement.assessment.cases import assess_document

    document = _document(file)
    if explain:
        _explain(document, reader, language)
    else:
        typer.echo(json.dumps(assess_document(document, rules_in_force()), ensure_ascii=False, indent=1))


@rules_app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of rule files; without it the packaged set.")] = None,
) -> None:
    """Loads a set with every check and says what it is; what is wrong is named, with exit status 2."""
    from settlement.assessment import load_rules

    rules = load_rules(folder)
    charges = sum(len(item.charges) for item in rules.files.national.values())
    districts = sum(len(code) == 6 for code in rules.files.regions)
    typer.echo(f"sound: version {rules.version}, {charges} charges, {districts} districts, hash {rules.hash}")


@rules_app.command()
def show(
    item: str,
    region: Annotated[str, typer.Option(help="Six digits of the district.")] = "341502",
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today if not given.")] = None,
) -> None:
    """Shows the rules of an item in force in a region on a day, the nearest level first, with their documents."""
    from foundation.clock import today
    from settlement.assessment import rules_in_force
    from settlement.assessment.trace import exact_text
    from settlement.assessment.wording import condition_words, rule_words

    rules = rules_in_force()
    if item not in rules.files.national:
        raise BadInput("item", item, f"one of {', '.join(rules.files.national)}")
    day = on.date() if on else today()
    local = rules.region(region)
    shared = {each.id for each in rules.files.national[item].quantities}
    for timetable in (*local.charges, *(local.quantities[name] for name in shared)):
        definition = timetable.definition
        if definition.item != item:
            continue
        typer.echo(f"{definition.id} {definition.payer} [{definition.day.decided_by}]".replace("  ", " "))
        if definition.applies.alternatives:
            typer.echo(f"  where {condition_words(definition.applies)}")
        for active in timetable.on(day):
            typer.echo(f"  {active.rule.id} ({active.rule.level}) {active.rule.because.zh}\n    {rule_words(active)}")
    for entry in rules.files.national[item].parameters:
        setting = local.setting(entry.id, day)
        said = (
            f"{exact_text(setting.value)} ({setting.level}, {setting.certainty})"
            if setting
            else "not set: it is asked for"
        )
        typer.echo(f"parameters.{entry.id} {entry.name.zh}: {said}")


@rules_app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A day (YYYY-MM-DD), or the folder of another set.")],
    after: Annotated[str, typer.Argument(help="As before; with a set the day is that of --on.")],
    region: Annotated[str, typer.Option(help="Six digits of the district.")] = "341502",
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day for comparing sets.")] = None,
    cases: Annotated[str | None, typer.Option(help="A JSON file of cases: what the change does to them.")] = None,
) -> None:
    """Says what changed between two days or two sets, and with --cases what that does to a set of cases."""
    from foundation.clock import today
    from settlement.assessment import Transaction
    from settlement.assessment.comparison import differences, effects

    day = on.date() if on else today()
    old, new = _standpoint(before, region, day), _standpoint(after, region, day)
    for each in differences(old, new):
        typer.echo(f"{each.where} {each.rule}\n  - {each.before or '—'}\n  + {each.after or '—'}")
    if cases:
        entries = _document(cases)
        listed = entries if isinstance(entries, list) else [entries]
        wanted = [Transaction.parse(each.get("transaction", each)) for each in listed if "claim" not in each]
        for effect in effects(old, new, [each for each in wanted if each.region == region]):
            amounts = f"{yuan(effect.before_fen)} → {yuan(effect.after_fen)}"
            typer.echo(f"{effect.item} {effect.payer}: {amounts} ({effect.cases} cases)")


def _standpoint(word: str, region: str, day: Any) -> Any:
    from settlement.assessment import load_rules, rules_in_force
    from settlement.assessment.comparison import Standpoint

    try:
        return Standpoint(rules_in_force(), region, datetime.strptime(word, "%Y-%m-%d").date())  # noqa: DTZ007 - a day
    except ValueError:
        return Standpoint(load_rules(Path(word)), region, day)


def _document(file: str) -> Any:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
        return json.loads(text)
    except (OSError, ValueError) as wrong:
        raise BadInput("file", file, f"a readable JSON file ({wrong})") from wrong


def _explain(document: Any, reader: Reader, language: Language) -> None:
    from settlement.assessment import rules_in_force
    from settlement.assessment.cases import assessed
    from settlement.assessment.renderings import auditor, citizen, clerk

    rules = rules_in_force()
    entries = document if isinstance(document, list) else [document]
    for place, entry in enumerate(entries, start=1):
        typer.echo(f"— {entry.get('id', place) if isinstance(entry, dict) else place}")
        try:
            assessment = assessed(entry, rules)
        except HeyiError as refused:
            typer.echo(refused.detail)
            continue
        if reader is Reader.auditor:
            typer.echo(json.dumps(auditor(assessment), ensure_ascii=False, indent=1))
        elif reader is Reader.clerk:
            for line in assessment.lines:
                typer.echo("\n".join(clerk(line, rules.vocabulary, language)))
        else:
            typer.echo("\n".join(citizen(assessment, rules, language)))
            _what_would_change(entry, language)


def _what_would_change(entry: Any, language: Language) -> None:
    from settlement.assessment import Transaction, rules_in_force
    from settlement.assessment.counterfactuals import what_would_change
    from settlement.assessment.renderings import owed_by

    if "claim" in entry:
        return
    rules = rules_in_force()
    for each in what_would_change(rules, Transaction.parse(entry.get("transaction", entry))):
        owed, amount = owed_by(rules, each.item, each.payer, language), yuan(each.amount_fen)
        fact = rules.vocabulary[each.fact]
        if language is Language.zh:
            typer.echo(f"如果{fact.zh}为 {each.value}：{owed} {amount} 元")
        else:
            typer.echo(f"If {fact.en} were {each.value}: {owed} {amount} yuan")
