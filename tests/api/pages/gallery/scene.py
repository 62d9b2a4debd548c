"""A scene is a page in one state: what has to have happened, where it is seen, and by whom."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Page

from tests.api.pages.conftest import Site

Prepare = Callable[[Site], Awaitable[str]]
Enter = Callable[[Page], Awaitable[None]]

SCENES: dict[str, "Scene"] = {}


@dataclass(frozen=True, slots=True)
class Scene:
    """`prepare` makes what has to have happened and says the path; `enter` is what a person then does at the page.

    Without a `role` the page is opened by someone who is not signed in.
    """

    name: str
    role: str | None
    prepare: Prepare
    enter: Enter | None


def scene(name: str, role: str | None = None, enter: Enter | None = None) -> Callable[[Prepare], Prepare]:
    """Puts a function that prepares a scene among the scenes, under a name like 'window/bill-paid'."""

    def put(prepare: Prepare) -> Prepare:
        assert name not in SCENES, name
        SCENES[name] = Scene(name, role, prepare, enter)
        return prepare

    return put
