"""Streams as a part of the engine: they go on from version to version, subscribers with them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakSet

from fastapi import FastAPI

from .. import problems
from ..bus.contract import Envelope
from ..errors import EndpointError
from ..functions import Functions
from ..parts import Activity, Part, Shared
from ..sandbox import ladder, levels
from ..sandbox.function import SandboxedFunction
from ..settings import SANDBOX, STATE
from ..spec import Stream
from . import remote, replay, report, routes
from .direct import PauseError
from .operator import Operator
from .process import UNFIT
from .running import Streams
from .values import shown

# What it says when a service starts is said where the server says it.
LOGGER = logging.getLogger("uvicorn.error")
LOG_EVERY_S = 10.0
"""An operator may fail a thousand times a second; a log is for people."""
RATE_SPAN_S = 1.0


class Rate:
    """The rate a second of a count that only grows: over the last second or two, whenever somebody
    asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._count = 0
        self._rate = 0.0

    def of(self, count: int) -> float:
        """Give the rate, of a count as it is now; 0 until a second has passed."""
        now = self._clock()
        passed_s = now - self._since
        if passed_s >= RATE_SPAN_S:
            self._rate = round(max(count - self._count, 0) / passed_s, 1)
            self._since, self._count = now, count
        return self._rate


class StreamPart(Part[Stream, Operator]):
    """Serves streams: one `Streams` for all versions of the app."""

    def __init__(self, shared: Shared) -> None:
        folder = Path(STATE.text(os.environ))

        def publish(path: str, frame: str) -> None:
            shared.bus.publish(Envelope(path, frame))

        self.streams = Streams(folder=folder, on_error=self._log, publish=publish)
        self._logged: dict[str, float] = {}
        self._rates: dict[str, Rate] = {}
        self._tried: WeakSet[SandboxedFunction] = WeakSet()

    def build(self, endpoints: Sequence[Stream], program: Functions) -> tuple[Operator, ...]:
        built = routes.build(endpoints, program)
        for each in built:
            if isinstance(each.function, SandboxedFunction) and each.function not in self._tried:
                self._try(each.stream, each.function)
        return built

    def add_routes(self, api: FastAPI, built: Sequence[Operator]) -> None:
        routes.add(api, built, self.streams)

    def adopt(self, built: Sequence[Operator]) -> None:
        self.streams.adopt(built)

    async def start(self) -> None:
        await self.streams.start()

    async def close(self, timeout_s: float) -> None:
        await self.streams.stop(timeout_s)

    def activities(self, endpoints: Sequence[Stream]) -> Sequence[Activity]:
        return [self._activity(each.stream) for each in endpoints]

    def act(self, endpoint: Stream, action: str) -> bool:
        """Pause, resume or reset all flows of a stream."""
        running = self.streams.running.get(endpoint.stream)
        if running is None or action not in ("pause", "resume", "reset"):
            return False
        for flow in tuple(running.flows.values()):
            {"pause": flow.pause, "resume": flow.resume, "reset": flow.reset}[action]()
        return True

    def ask(
        self, endpoint: Stream, question: str, details: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """Report on a stream, change its params, go back to a version, or replay values."""
        streams, name = self.streams, endpoint.stream
        running = streams.running.get(name)
        if running is None:
            return None
        wanted = {str(key): str(value) for key, value in details.get("parameters", {}).items()}
        flow = next((f for f in tuple(running.flows.values()) if f.parameters == wanted), None)
        if flow is None:
            flow = next(iter(tuple(running.flows.values())), None)
        if question == "report":
            return report.unopened(running) if flow is None else report.report(running, flow)
        if question == "params":
            streams.on_loop(streams.change_params, name, details["params"])
        elif question == "roll_back":
            self._roll_back(name, details["version"])
        elif question == "replay" and flow is not None:
            return {"rows": replay.describe(flow.replay(details["count"]))}
        elif question == "recorded":
            return replay.recorded(flow)
        else:
            return None
        return {}

    def _roll_back(self, name: str, number: int) -> None:
        try:
            self.streams.on_loop(self.streams.roll_back, name, number)
        except KeyError:
            raise ValueError(f"`{name}` has no version {number} to go back to") from None

    def rest(self) -> None:
        self.streams.rest()

    def _activity(self, name: str) -> Activity:
        running = self.streams.running.get(name)
        flows = tuple(running.flows.values()) if running else ()
        newest = max(
            (each for flow in flows for each in tuple(flow.outlet.latest.values())),
            key=lambda each: each[1],
            default=None,
        )
        return Activity(
            newest="" if newest is None else shown(newest[3]),
            rate=self._rates.setdefault(name, Rate()).of(sum(f.emitted for f in flows)),
            clients=sum(flow.outlet.subscribers for flow in flows),
            is_paused=bool(flows) and all(flow.status == "paused" for flow in flows),
        )

    def _try(self, stream: Stream, function: SandboxedFunction) -> None:
        """Run the cell in its sandbox once, so that what is wrong with it refuses the version."""
        try:
            level = ladder.strongest(SANDBOX.parse(SANDBOX.text(os.environ)))
            remote.started(function, level).close()
        except ladder.SandboxError as error:
            raise EndpointError(stream.module, stream.cell, str(error)) from error
        except remote.SandboxStartError as error:
            where = f"line {error.line}: " if error.line else ""
            raise EndpointError(stream.module, stream.cell, f"{where}{error}") from error
        self.streams.level = level
        self._tried.add(function)
        LOGGER.log(
            logging.WARNING if level == "limits" else logging.INFO,
            "stream %s runs sandboxed: %s",
            stream.stream,
            levels.ABOUT[level],
        )

    def _log(self, operator: Operator, error: BaseException) -> None:
        now = time.monotonic()
        if now - self._logged.get(operator.name, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged[operator.name] = now
            if isinstance(error, PauseError):
                LOGGER.warning("stream %s pauses: %s", operator.name, error)
            elif isinstance(error, UNFIT):
                problems.warn(operator.stream.key, str(error))
            else:
                problems.log(operator.stream.key, error)


make = StreamPart
