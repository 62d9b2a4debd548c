"""The dependency that hands a request the office."""

from typing import Annotated

from fastapi import Depends, Request

from settlement.office import Office


def of_request(request: Request) -> Office:
    """The office that this application was put together with."""
    office: Office = request.app.state.office
    return office


TheOffice = Annotated[Office, Depends(of_request)]
