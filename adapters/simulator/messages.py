"""The gateway of text messages: nobody's telephone rings, but what would have been sent can be read at the desk."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import StringConstraints
from starlette.routing import Route

from adapters.simulator.gateway_signature import Call, Gate
from adapters.simulator.records import ShortMessage
from adapters.simulator.refusal import Message, Refusal, read
from adapters.simulator.waiting_faults import Faults
from adapters.simulator.world import World


class Sent(Message):
    reference: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{8,40}$")]
    phone: Annotated[str, StringConstraints(pattern=r"^(1[3-9][0-9]{9}|\+[0-9]{6,15})$")]
    text: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class State(Message):
    reference: str
    state: Literal["accepted", "delivered", "failed"]


class Messages:
    """The gateways of all played regions."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self, gate: Gate) -> list[Route]:
        return [
            Route("/messages/v1/texts", gate.around(self._take), methods=["POST"]),
            Route("/messages/v1/texts/{reference}", gate.around(self._show), methods=["GET"]),
        ]

    def _take(self, call: Call) -> State:
        sent = read(Sent, call.body)
        if self._faults.take_desk("message_down", sent.phone):
            raise Refusal(429, "too_many", "the gateway takes no messages now")
        known = self._world.messages.get(sent.reference)
        if known is None:
            lost = self._faults.take_desk("message_lost", sent.phone)
            known = ShortMessage(
                sent.reference, call.region.region, sent.phone, sent.text, self._world.clock.now(), lost
            )
            self._world.messages[sent.reference] = known
        return self._state(known)

    def _show(self, call: Call) -> State:
        known = self._world.messages.get(call.path["reference"])
        if known is None or known.region != call.region.region:
            raise Refusal(404, "unknown_message", "nothing was sent under this reference")
        return self._state(known)

    def _state(self, one: ShortMessage) -> State:
        """A message needs as long as money does."""
        arrival = timedelta(seconds=self._world.setup.behaviour.arrival_seconds)
        if self._world.clock.now() < one.accepted_at + arrival:
            return State(reference=one.reference, state="accepted")
        return State(reference=one.reference, state="failed" if one.is_lost else "delivered")
