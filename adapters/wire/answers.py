"""Answers in JSON: read by strict models, where a missing, unknown or odd field means that nothing was understood."""

import re
from datetime import date
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from foundation.errors import Unavailable

_YUAN = re.compile(r"(-?)([0-9]{1,15})\.([0-9]{2})")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Answer(BaseModel):
    """Base of all answers: no conversion between types, no field that the protocol does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


_Some = TypeVar("_Some", bound=Answer)


def fen_of_yuan(text: object) -> int:
    """Reads an amount in yuan with exactly two decimals, as all wire formats here write it, into fen."""
    found = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("an amount in yuan with two decimals, such as 15080.00")
    fen = int(found[2] + found[3])
    return -fen if found[1] else fen


def _day(text: object) -> date:
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("a day as yyyy-MM-dd")
    return date.fromisoformat(text)


Yuan = Annotated[int, BeforeValidator(fen_of_yuan)]
Day = Annotated[date, BeforeValidator(_day)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Refusal(Answer):
    """The body of a 4xx answer."""

    code: Text
    message: str


def understood(model: type[_Some], body: bytes, whom: str) -> _Some:
    """Reads an answer. Unavailable names the field and what is wrong with it."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the answer"
        raise Unavailable(f"{whom} answered what cannot be understood: {where}: {first['msg']}", whom=whom) from None
