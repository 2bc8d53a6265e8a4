"""An endpoint's function: called with the values of a request, its result made a response."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from copy import copy
from functools import partial
from types import CoroutineType
from typing import Any, NamedTuple

from anyio import to_thread
from starlette.responses import Response

from .. import cell_context
from ..calls import CallPlan
from ..cell_context import Variables
from ..encoding import pictures, pyplot
from ..threads import Threads
from . import responses, streaming
from .extraction import Values
from .responses import Rendered, Shape


class Unfinished(NamedTuple):
    """What makes the response of a result that needs the event loop, and the context in which its
    function ran."""

    finish: Callable[[], Awaitable[Response]]
    context: Context


class Calling:
    """Calls one endpoint's function: on the loop where that takes no time, else in a thread."""

    __slots__ = (
        *("_call", "_in_use", "_invoke", "_media", "_shape", "_variables"),
        *("is_on_loop", "threads"),
    )

    def __init__(  # noqa: PLR0913 - what a call is made of, by name
        self,
        function: Callable[..., Any],
        call: CallPlan,
        *,
        media: str,
        shape: Shape | None,
        threads: Threads,
        variables: Variables,
    ) -> None:
        self._call = call
        self._invoke = _invoke(function, call)
        # Shared with its copies and with what follows it, and looked up when a call begins, which
        # may wait for a thread.
        self._in_use = [self._invoke]
        self._media = media
        self._shape = shape
        self.threads = threads
        self._variables = variables
        self.is_on_loop = _is_on_loop(function)

    def of(self, function: Callable[..., Any]) -> Calling:
        """The same for a copy of the function, which is called once it is in use."""
        twin = copy(self)
        twin._invoke = _invoke(function, self._call)
        return twin

    def follow(self, before: Calling) -> None:
        """Take over the calls that still wait for a thread there, once this one is in use. Both
        take the same values."""
        # What was about to run on the loop must not block it there.
        if not (self.is_on_loop or before.is_on_loop):
            self._in_use = before._in_use

    def use(self) -> None:
        """Call this one's function from now on, also by way of those that it follows or is a copy
        of; what has begun goes on with what it had."""
        self._in_use[0] = self._invoke

    async def respond(self, values: Values) -> Response:
        """Call the function. Raises what it raises, and EncodeError or MisfitError."""
        self._begin()
        if self.is_on_loop:
            result = self._in_use[0](values)
        else:
            result = await self.threads.run(self.in_thread, values)
        response: Response = result if isinstance(result, Response) else await self.finish(result)
        if self._call.response and isinstance(response, (Rendered, streaming.Stream)):
            _take_over(response, values[self._call.response])
        return response

    def alone(self, values: Values) -> Any:
        """Call a plain function, in a thread and a context that are nobody else's. Gives what is
        Rendered, or Unfinished."""
        self._begin()
        result = self.in_thread(values)
        if type(result) is Rendered:
            return result
        return Unfinished(partial(self.finish, result), copy_context())

    def _begin(self) -> None:
        """Make this context that of a call."""
        pyplot.begin_call(self._media)
        if self._variables:
            cell_context.put(self._variables)

    def in_thread(self, values: Values) -> Any:
        """Call a plain function, and write its result where that needs no event loop."""
        result = self._in_use[0](values)
        is_finished = type(result) in responses.SIMPLE
        if not is_finished and (streaming.is_stream(result) or inspect.isawaitable(result)):
            return result
        return responses.render(result, self._media, self._shape)

    async def finish(self, result: Any) -> Response:
        """Make the response to what a function gave."""
        if type(result) is CoroutineType or inspect.isawaitable(result):
            result = await result
        if type(result) in responses.SIMPLE:
            return responses.render(result, self._media, self._shape)
        if isinstance(result, Response):
            return result
        if streaming.is_stream(result):
            return await streaming.open_stream(result, self._media)
        if pictures.is_picture(result):
            return await to_thread.run_sync(responses.render, result, self._media, self._shape)
        return responses.render(result, self._media, self._shape)


def _invoke(function: Callable[..., Any], call: CallPlan) -> Callable[[Values], Any]:
    if call.is_direct:
        return lambda values: function(**values)

    def invoke(values: Values) -> Any:
        first, named = call.arguments(values)
        return function(*first, **named)

    return invoke


def _is_on_loop(function: Callable[..., Any]) -> bool:
    """Whether calling a function takes no time: it returns a coroutine or a generator."""
    called = (function, type(function).__call__)
    checks = (
        inspect.iscoroutinefunction,
        inspect.isasyncgenfunction,
        inspect.isgeneratorfunction,
    )
    return any(check(each) for each in called for check in checks)


def _take_over(response: Response, injected: Response) -> None:
    """Give a response the headers and the status that the user set on FastAPI's `Response`."""
    if injected.status_code:
        response.status_code = injected.status_code
        if injected.status_code in (204, 205, 304) and not isinstance(response, streaming.Stream):
            response.body = b""
            del response.headers["content-length"], response.headers["content-type"]
    for name, _ in injected.headers.raw:
        if name == b"content-type":
            del response.headers["content-type"]
    response.raw_headers.extend(injected.headers.raw)
