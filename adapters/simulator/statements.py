"""What the statements of treasury and non-tax platform have in common: their day, and when they are handed out."""

from datetime import date

from adapters.simulator.faults import Faults, Source, truncated
from adapters.simulator.gateway_signature import Call
from adapters.simulator.refusal import Refusal
from adapters.simulator.world import World


def statement_day(text: str) -> date:
    """The yyyy-MM-dd of a path. Refusal 422 for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Refusal(422, "invalid_field", f"date: {text} is not yyyy-MM-dd")
    return day


def delivered(source: Source, call: Call, day: date, content: bytes, faults: Faults, world: World) -> bytes:
    """A statement as it is handed out. Refusal 404 not_ready for a day that is not over, or as a fault has it."""
    fault = faults.take_statement(source, call.region.region, day) if day < world.clock.today() else "missing"
    if fault == "missing":
        raise Refusal(404, "not_ready", f"date: the statement of {day} is not there yet")
    return truncated(content) if fault == "truncated" else content
