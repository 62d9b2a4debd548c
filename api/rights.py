"""What each role may do, read off the application itself: the operations that let it in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.people import ROLES


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its method and path, and whether it is a page rather than part of the interface."""

    method: str
    path: str
    page: bool


def rights(app: FastAPI) -> dict[str, tuple[Operation, ...]]:
    """The operations of each role, by path."""
    found: dict[str, list[Operation]] = {role: [] for role in ROLES}
    for route in _routes(app):
        for role in _roles(route.dependant):
            for method in sorted(route.methods or ()):
                found[role].append(Operation(method, route.path, not route.include_in_schema))
    return {role: tuple(sorted(all_of, key=lambda one: (one.path, one.method))) for role, all_of in found.items()}


def _routes(app: FastAPI) -> Iterator[Any]:
    """Every operation; FastAPI puts those of an included router together only where they are asked for."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "effective_route_contexts"):
            yield from (one for one in route.effective_route_contexts() if isinstance(one.original_route, APIRoute))


def _roles(dependant: Dependant) -> set[str]:
    """The roles that every dependency of an operation lets in; none where nobody has to sign in."""
    asked = [set(roles) for one in dependant.dependencies if (roles := getattr(one.call, "roles", None))]
    asked += [inner for one in dependant.dependencies if (inner := _roles(one))]
    return set.intersection(*asked) if asked else set()
