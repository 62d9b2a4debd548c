"""Settings from the environment, `HEYI_…`. What belongs to a region is in its region file, not here."""

from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings of one process. Without any of them Heyi runs on this machine alone."""

    model_config = SettingsConfigDict(env_prefix="HEYI_", frozen=True, extra="ignore")

    database_url: str | None = Field(None, description="a PostgreSQL server; none: the embedded one is started")
    home: Path | None = Field(None, description="where the embedded database and generated keys live")
    public_url: str = Field("http://127.0.0.1:8800", description="what stands before /p/… in the payment code")
    regions: Path | None = Field(None, description="folder of region files; none: the examples in deploy/regions")
    data_key: SecretStr | None = Field(None, description="64 hex digits; seals personal data")
    token_key: SecretStr | None = Field(None, description="64 hex digits; signs the tokens of people signed in")
    session_minutes: int = Field(480, ge=5, le=1440, description="how long a sign-in lasts")
    log_format: str = Field("json", pattern="^(json|console)$")


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
