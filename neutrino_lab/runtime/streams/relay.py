"""What a flow gives, to the clients of WebSocket endpoints: over the bus, so of all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from .operator import Operator
from .outlet import Outlet, Subscriber


class Relay:
    """Follows an outlet as any subscriber does, within the same bounds. To be used on the event
    loop; `publish` takes the path of an endpoint and a frame."""

    def __init__(self, outlet: Outlet, publish: Callable[[str, str], None]) -> None:
        self._outlet = outlet
        self._publish = publish
        self._paths: tuple[str, ...] = ()
        self._rate = 0.0
        self._subscriber: Subscriber | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def adopt(self, operator: Operator) -> None:
        """Send to the endpoints that a version names, at its rate."""
        self._paths, rate = operator.endpoints, operator.stream.rate
        old = self._subscriber
        if old is not None and (not self._paths or rate != self._rate):
            # What it has is still sent.
            self._outlet.remove(old)
            old.close()
            self._subscriber = None
        if self._paths and self._subscriber is None:
            self._rate = rate
            self._subscriber = self._outlet.subscribe(rate=rate)
            task = asyncio.ensure_future(self._send(self._subscriber))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, subscriber: Subscriber) -> None:
        while frames := await subscriber.take():
            for frame in frames:
                for path in self._paths:
                    self._publish(path, frame.text)
