"""The people who sign in, what each may do, and how that changes: by one administrator, or by two."""

from api.people.signing_in import OneTimePassword, SignInRefused, sign_in
from api.people.standing import MOVE_MONEY_OR_RULES, ROLES, Person
from api.people.starting import add_person

__all__ = [
    "MOVE_MONEY_OR_RULES",
    "ROLES",
    "OneTimePassword",
    "Person",
    "SignInRefused",
    "add_person",
    "sign_in",
]
