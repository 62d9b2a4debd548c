"""Signed tokens (JWT, HS256): who is signed in, and which citizen may see which share."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jose import JWTError, jwt

from foundation import clock

_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """Issues and reads tokens with one key. The audience keeps a token of one use from serving another."""

    key: str

    def issue(self, audience: str, minutes: int, **claims: Any) -> str:
        """A token for one audience that lasts some minutes from now (`iat`, to the microsecond)."""
        now = clock.now()
        times = {"iat": now.timestamp(), "exp": int((now + timedelta(minutes=minutes)).timestamp())}
        return jwt.encode({**claims, "aud": audience, **times}, self.key, algorithm=_ALGORITHM)

    def read(self, audience: str, token: str) -> dict[str, Any] | None:
        """The claims of a token, or None where it is forged, meant for something else, or over."""
        try:
            # The expiry is held against our own clock, which tests and the demonstration set.
            claims: dict[str, Any] = jwt.decode(
                token, self.key, algorithms=[_ALGORITHM], audience=audience, options={"verify_exp": False}
            )
        except JWTError:
            return None
        return claims if claims.get("exp", 0) > clock.now().timestamp() else None
