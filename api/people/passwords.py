"""Passwords: how they are kept, what is asked of them, and those that serve once."""

import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from foundation.errors import BadInput

SHORTEST = 12
ONE_TIME_LASTS = timedelta(days=3)
"""A one-time password is good for this long, and then for nothing but choosing another."""

_hasher = PasswordHasher()
HASH_OF_NOBODY = _hasher.hash("no such person")
"""So that an unknown name takes as long as a wrong password."""


def hashed(password: str, field: str = "password") -> str:
    """What is kept of a password. BadInput for one that is too short; its characters are not repeated."""
    if len(password) < SHORTEST:
        raise BadInput(field, f"{len(password)} characters", f"at least {SHORTEST} characters")
    return _hasher.hash(password)


def fits(password_hash: str, password: str) -> bool:
    """Whether a password is the one that was kept."""
    try:
        return _hasher.verify(password_hash, password)
    except VerificationError:
        return False


def one_time() -> str:
    """A fresh password to be said once to its owner: letters and digits that are not mistaken for one another."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(3))
