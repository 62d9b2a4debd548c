"""`heyi reconcile`: one clearing day held against the statements of others, as the page and the interface do it."""

import asyncio
import json
from datetime import date, datetime
from typing import Annotated, Any

import typer

from api.cli.surroundings import Surroundings, surroundings
from api.closing import close_the_day
from api.wiring import House, build
from foundation import clock
from foundation.errors import BadInput
from foundation.money import yuan
from foundation.settings import Settings, settings
from reconciliation.kinds import KINDS
from reconciliation.progress import Step
from reconciliation.reasons import SOURCE_NAMES
from reconciliation.report import DayReport
from reconciliation.source_report import SourceReport
from settlement.cases import WAITING
from settlement.ports.statements import Source

_STEPS = {
    Step.fetch: "取对账单",
    Step.check: "检查",
    Step.catch_up: "补记",
    Step.match: "核对",
    Step.waits: "等待对账单",
    Step.done: "完成",
}


def reconcile(
    day: Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The clearing day.")],
    region: Annotated[
        list[str] | None, typer.Option(help="Six digits; may be repeated. All regions by default.")
    ] = None,
    source: Annotated[Source | None, typer.Option(help="Run this source again, and leave the others.")] = None,
) -> None:
    """Fetches the statements of a day that are there and matches them; safe to run twice, and after a kill.

    Prints the steps, the differences and the equations; the last line is JSON. The exit status is 1 while a statement
    is missing, a difference has a waiting case, or an equation does not hold.
    """
    raise typer.Exit(run_reconcile(settings(), day.date(), region or [], source))


def run_reconcile(given: Settings, day: date, regions: list[str], source: Source | None) -> int:
    """Reconciles the day of each region; 0 when nothing is left to a person."""
    with surroundings(given) as around:
        reports = asyncio.run(_reconcile(given, around, day, regions, source))
    typer.echo(json.dumps(_last_line(day, reports), ensure_ascii=False))
    return 0 if all(_settled(one) for one in reports) else 1


async def _reconcile(
    given: Settings, around: Surroundings, day: date, regions: list[str], source: Source | None
) -> list[DayReport]:
    house = build(given, around.database_url, around.home / "keys", around.environment)
    try:
        await house.take_up_districts()
        unknown = sorted(set(regions) - house.sources.keys())
        if unknown:
            raise BadInput("region", ", ".join(unknown), ", ".join(house.sources))
        return [await _one(house, region, day, source) for region in regions or sorted(house.sources)]
    finally:
        await house.close()


async def _one(house: House, region: str, day: date, source: Source | None) -> DayReport:
    typer.secho(f"■ {house.office.region(region).name.zh} {region}  {day}", bold=True)

    def tell(of: Source, step: Step) -> None:
        typer.echo(f"  {clock.local_now():%H:%M:%S}  {SOURCE_NAMES[of].zh}  {_STEPS[step]}")

    report = await close_the_day(house, region, day, source, tell)
    for one in report.sources:
        _tell_source(one)
    for equation in report.equations:
        sign = "=" if equation.holds else "≠"
        typer.echo(f"  {equation.words.zh}  {yuan(equation.left_fen)} {sign} {yuan(equation.right_fen)}")
    return report


def _tell_source(one: SourceReport) -> None:
    name = SOURCE_NAMES[one.source].zh
    if one.ours is None or one.theirs is None or one.matched is None:
        typer.echo(f"  {name}  {one.file.state}  {one.file.refusal or ''}")
        return
    typer.echo(
        f"  {name}  我方 {one.ours.count} 笔 {yuan(one.ours.fen)}  对方 {one.theirs.count} 笔 {yuan(one.theirs.fen)}"
        f"  已平 {one.matched.count}  在途 {len(one.pool)}  差错 {len(one.breaks)}"
    )
    for found in one.breaks:
        typer.echo(f"    {found.kind} {KINDS[found.kind].name.zh}  {found.reason.zh}  [{found.case_state}]")


def _settled(report: DayReport) -> bool:
    waiting = any(one.case_state in WAITING for one in report.breaks)
    return (
        report.state in ("matched", "prepared", "signed") and not waiting and all(one.holds for one in report.equations)
    )


def _last_line(day: date, reports: list[DayReport]) -> dict[str, Any]:
    judged = [source for one in reports for source in one.sources if source.matched]
    breaks = [found for one in reports for found in one.breaks]
    return {
        "day": day.isoformat(),
        "regions": {one.region: one.state for one in reports},
        "matched": sum(source.matched.count for source in judged if source.matched),
        "matched_fen": sum(source.matched.fen for source in judged if source.matched),
        "pool": sum(len(source.pool) for source in judged),
        "breaks": len(breaks),
        "breaks_waiting": sum(found.case_state in WAITING for found in breaks),
        "missing_statements": sum(source.ours is None for one in reports for source in one.sources),
        "equations_hold": all(equation.holds for one in reports for equation in one.equations),
    }
