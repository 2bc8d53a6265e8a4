"""One version of one WebSocket endpoint: its function, and how a connection calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .. import calls, fields
from ..calls import CallPlan
from ..cell_context import Variables
from ..errors import EndpointError
from ..spec import WebSocket
from ..threads import is_async
from . import events
from .events import EVENT, Reader
from .hub import Hub

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Handler:
    """`read` turns frames into events; it is None where the function takes none."""

    socket: WebSocket
    function: Callable[..., Any]
    call: CallPlan
    read: Reader | None
    hub: Hub
    is_async: bool
    is_generator: bool
    is_event_first: bool
    variables: Variables

    @property
    def path(self) -> str:
        """The path of its endpoint."""
        return self.socket.path

    def bind(self, values: Values) -> Callable[[Any], Any]:
        """Make the call of the function with an event, for a connection with these values."""
        first, named = self.call.arguments(dict(values))
        function = self.function
        if self.read is None:
            return lambda _event: function(*first, **named)
        if not named and self.is_event_first:
            return function
        return lambda event: function(*first, event=event, **named)

    def inherit(self, handler: Handler, values: Values) -> Values | None:
        """Take over the values that a connection got from an older version of the endpoint.

        None where this version wants what the older one had not asked for.
        """
        if handler.socket.type != self.socket.type:
            return None
        old = handler.call.signature.parameters
        taken: dict[str, Any] = {}
        for name, parameter in self.call.signature.parameters.items():
            # The text: types that a cell defines are other objects each time the cell runs.
            if name in old and str(old[name]) == str(parameter):
                taken[name] = values[name]
            elif parameter.default is inspect.Parameter.empty:
                return None
            else:
                taken[name] = parameter.default
        return taken


def make(
    socket: WebSocket,
    function: Callable[..., Any],
    namespace: Values,
    *,
    hub: Hub,
    variables: Variables,
) -> Handler:
    """Fit a declaration and its function together. Raises EndpointError where they do not."""
    try:
        known = fields.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise _error(socket, f"`{socket.name}` does not tell its parameters: {error}") from error
    takes_event = EVENT in known
    if socket.type == "event" and not takes_event:
        raise _error(socket, f"`{socket.name}` needs a parameter `{EVENT}` for the message")
    if takes_event and known[EVENT].kind is inspect.Parameter.POSITIONAL_ONLY:
        raise _error(socket, f"`{EVENT}` must not stand before a `/`: it is passed by name")
    if socket.to == "room" and "{room_id}" not in socket.path:
        raise _error(socket, "`to: room` needs `{room_id}` in the path")
    read = None
    if takes_event:
        hints = fields.hints([known[EVENT]], function, namespace)
        try:
            read = events.reader(socket, hints.get(EVENT, inspect.Parameter.empty), namespace)
        except ValueError as error:
            raise _error(socket, str(error)) from error
    return Handler(
        socket=socket,
        function=function,
        call=calls.plan(socket, function, namespace),
        read=read,
        hub=hub,
        is_async=is_async(function),
        is_generator=inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function),
        is_event_first=next(iter(known), None) == EVENT,
        variables=variables,
    )


def _error(socket: WebSocket, reason: str) -> EndpointError:
    return EndpointError(socket.module, socket.cell, reason)
