"""What an institution answers when it will not do as asked."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class Refusal(Exception):
    """An answer other than yes: HTTP status (4xx), a stable code, and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class NoAnswer(Exception):
    """The line breaks before an answer goes out. What was done before stays done."""


class Message(BaseModel):
    """A JSON message at the door. A field that the protocol does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read(model: type[Model], body: bytes) -> Model:
    """Reads a JSON body. Refusal 422 names the first field that is wrong."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Refusal(422, "invalid_field", first_error(error)) from None


def first_error(error: ValidationError) -> str:
    """The first complaint of a validation as 'field: what is wrong'."""
    first: Mapping[str, Any] = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(step) for step in first["loc"]) or "body"
    return f"{where}: {first['msg']}"
