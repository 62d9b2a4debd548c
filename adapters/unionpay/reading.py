"""What the three channels read in the same way: the fields of a message as a model, the key of a contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from foundation.errors import BadInput

_Model = TypeVar("_Model", bound=BaseModel)


def as_model(model: type[_Model], fields: Mapping[str, Any]) -> _Model:
    """The fields of a message as a model. BadInput names the first field that is wrong."""
    try:
        return model.model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        value = None if first["type"] == "missing" else first["input"]
        raise BadInput(".".join(str(step) for step in first["loc"]), value, first["msg"]) from None


def contract_key(path: Path) -> str:
    """The shared key of a contract, read anew each time, so that another can be put in its place."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise BadInput("key", path.name, f"a file with the key of the contract, in ASCII ({error})") from None
