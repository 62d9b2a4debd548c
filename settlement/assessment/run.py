"""What formulas and conditions may ask of the run that works them out."""

from datetime import date
from typing import Protocol

from settlement.assessment.trace import Step, Value


class Run(Protocol):
    """One evaluation of one registered unit; answers are steps of the trace."""

    def fact(self, name: str) -> Value | None:
        """A fact; None where there is none; raises NeedsFact where it is unknown."""

    def parameter(self, name: str) -> Step:
        """A parameter as the nearest level sets it on the day that decides; raises NeedsFact where none does."""

    def setting(self, name: str) -> Value:
        """The value of a parameter, as `parameter`."""

    def quantity(self, name: str) -> Step:
        """A named amount, decided and worked out."""

    def charge(self, name: str, payer: str) -> Step:
        """What a payer owes by another charge; 0 where it does not arise."""

    def day(self, name: str) -> date | None:
        """A fact that is a day; as `fact`."""
