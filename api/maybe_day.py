"""A day that a form may leave empty: browsers send an empty field as an empty text."""

from datetime import date
from typing import Literal

MaybeDay = date | Literal[""]
