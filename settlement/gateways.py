"""An institution behind the gateway signature (docs/protocols.md, section 2), as a region configures it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Gateway(BaseModel):
    """Where it is, who we are there, and the shared secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    app_id: str
    secret_file: Path
