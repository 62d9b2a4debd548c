"""What the statements of treasury and non-tax platform have in common: their day, and when they are handed out."""

from datetime import date

from adapters.simulator.damage import damaged
from adapters.simulator.faults import Damage, Source
from adapters.simulator.gateway_signature import Call, File
from adapters.simulator.refusal import Refusal
from adapters.simulator.waiting_faults import Faults
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


def befalls(source: Source, call: Call, day: date, faults: Faults, world: World) -> Damage | None:
    """The fault that a download of a statement meets. Refusal 404 where it is missing, or its day not over."""
    fault = faults.take_statement(source, call.region.region, day) if day < world.clock.today() else "missing"
    if fault == "missing":
        raise Refusal(404, "not_ready", f"date: the statement of {day} is not there yet")
    return fault


def delivered(name: str, media_type: str, content: bytes, fault: Damage | None, day: date) -> File:
    """A statement as it is handed out."""
    return File(name, media_type, damaged(content, fault, day), is_forged=fault == "forged")
