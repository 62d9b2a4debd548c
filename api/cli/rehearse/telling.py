"""Shows how far a rehearsal is."""

import time
from datetime import date
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from sqlalchemy import func, select

from api.cli.rehearse.town import Town
from foundation import clock
from settlement.bills.tables import bill
from settlement.cases import UNSETTLED, office_case

_BAR_SECONDS = 0.5
_LINE_SECONDS = 15.0

_OPEN = ("drafted", "stopped", "confirmed", "part_paid", "paid", "settled")


class Teller:
    """A bar over the bills that have ended, with the simulated time and the open cases; and a line a signed day.

    Where nobody watches a terminal the bar is a line every quarter of a minute.
    """

    def __init__(self, bills: int, seed: int) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[cases]} 件待办"),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._bills = bills
        self._every = _BAR_SECONDS if self._console.is_terminal else _LINE_SECONDS
        self._shown_at = time.monotonic()
        self._task: TaskID = self._progress.add_task("", total=bills, cases=0)
        self._console.print(f"seed {seed}")

    def __enter__(self) -> "Teller":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    async def step(self, town: Town) -> None:
        """Shows where things are now, unless that was shown just before."""
        if time.monotonic() - self._shown_at < self._every:
            return
        self._shown_at = time.monotonic()
        async with town.office.database.connect() as db:
            ended = await db.scalar(select(func.count()).select_from(bill).where(bill.c.state.not_in(_OPEN)))
            cases = await db.scalar(
                select(func.count()).select_from(office_case).where(office_case.c.state.in_(UNSETTLED))
            )
        at = f"{clock.local_now():%Y-%m-%d %H:%M}"
        self._progress.update(self._task, completed=ended or 0, cases=cases or 0, description=at)
        if not self._console.is_terminal:
            self.say(f"{at} {ended or 0}/{self._bills} {cases or 0} 件待办")

    def closed(self, region: str, day: date, breaks: int, *, signed: bool) -> None:
        """A day was closed, and signed or not."""
        self._console.print(f"{day} {region} {'已签' if signed else '未签'}，差错 {breaks} 笔")

    def say(self, line: str) -> None:
        """A line above the bar."""
        self._console.print(line, highlight=False, soft_wrap=True)
