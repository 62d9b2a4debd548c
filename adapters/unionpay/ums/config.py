"""One merchant's contract with ChinaUMS."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class UmsConfig(BaseModel):
    """The gateway, the merchant and terminal, and the two secrets: `app_key` signs requests, the other notifications.

    `source_id` is the four characters with which every bill number of ours has to begin.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: str
    app_id: str
    app_key_file: Path
    communication_key_file: Path
    source_id: Annotated[str, StringConstraints(pattern="^[0-9A-Z]{4}$")]
    merchant: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{15}$")]
    terminal: Annotated[str, StringConstraints(pattern="^[0-9A-Za-z]{8}$")]
    product: str = "QRPAYDEFAULT"
    sign_type: Literal["MD5", "SHA256"] = "SHA256"
    confirm_by_query: bool = Field(True, description="a notification shows no split and is signed with a shared key")
