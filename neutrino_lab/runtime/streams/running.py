"""The streams of one process, whichever version of the app they belong to."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ..rebinding import code_of
from ..sandbox.function import SandboxedFunction
from ..sandbox.levels import Level
from .contract import SourceError
from .direct import Asker, DirectFunction
from .flow import Flow
from .operator import Operator
from .returned import StateError
from .store import KEPT_VERSIONS, Store
from .surroundings import Surroundings
from .swap import Swap
from .timers import Timers
from .workers import Workers

LOGGER = logging.getLogger("neutrino.streams")

LINGER_S = 30.0
"""So long a flow with parameters goes on after its last subscriber has left."""
MOST_FLOWS = 1_000
ANSWER_S = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a stream; `refused` is why it was not taken."""

    number: int
    operator: Operator
    since: float
    refused: str = ""


class Running:
    """One stream: its versions, and its flows by the values of the path's parameters."""

    def __init__(self, operator: Operator, number: int, open_: Callable[..., Flow]) -> None:
        # What the notebook says. After a way back another one runs, until the cell changes.
        self.declared = operator
        self.versions = [Version(number, operator, time.time())]
        self.flows: dict[tuple[str, ...], Flow] = {}
        self.users: dict[Flow, int] = {}
        self.params: dict[str, Any] = {}
        self._open = open_

    @property
    def current(self) -> Version:
        """The newest version that was not refused."""
        return next(each for each in reversed(self.versions) if not each.refused)

    @property
    def operator(self) -> Operator:
        """The operator of the current version."""
        return self.current.operator

    def flow(self, parameters: Mapping[str, str]) -> Flow:
        """The flow for these values, opened if there is none. Raises SourceError."""
        names = self.operator.parameters
        if missing := [name for name in names if name not in parameters]:
            raise SourceError(f"stream `{self.operator.name}` needs `{missing[0]}`")
        values = tuple(str(parameters[name]) for name in names)
        if values not in self.flows:
            if len(self.flows) >= MOST_FLOWS:
                raise SourceError(f"stream `{self.operator.name}` has {MOST_FLOWS} flows already")
            mine = dict(zip(names, values, strict=True))
            flow = self._open(self.operator, mine, self.current.number)
            if self.params:
                flow.change_params(self.params)
            self.flows[values] = flow
            self.users[flow] = 0
            flow.open()
        return self.flows[values]

    def remove(self, flow: Flow) -> None:
        """Forget a flow that has ended; the next one of its values is a new one."""
        self.users.pop(flow, None)
        self.flows = {values: each for values, each in self.flows.items() if each is not flow}


class Streams:
    """Opens, swaps and closes flows. To be used on the event loop once it has started."""

    def __init__(  # noqa: PLR0913 - what each stream gets, by name
        self,
        *,
        folder: Path,
        workers: Workers | None = None,
        linger_s: float = LINGER_S,
        on_error: Callable[[Operator, BaseException], None] | None = None,
        level: Level = "bubblewrap",
        publish: Callable[[str, str], None] = lambda _path, _frame: None,
    ) -> None:
        self.level = level
        self._publish = publish
        self.running: dict[str, Running] = {}
        self._store = Store(folder)
        self._workers = workers or Workers()
        self._linger_s = linger_s
        self._on_error = on_error or (lambda _operator, _error: None)
        self._wanted: dict[str, Operator] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._lingering = Timers[Flow]()
        self._is_resting = False
        self._asker = Asker()
        self.is_closing = False

    def adopt(self, operators: Iterable[Operator]) -> None:
        """Make these the streams: those that stay go on, with their new version if they have one.

        Subscribers stay connected.
        """
        self._wanted = {operator.name: operator for operator in operators}
        if self._loop is not None:
            self._apply()

    async def start(self) -> None:
        """Open the streams that were adopted, on the running loop; later ones open as they are
        adopted."""
        self.is_closing = False
        self._loop = asyncio.get_running_loop()
        self._lingering = Timers()
        self._apply()

    async def stop(self, timeout_s: float) -> None:
        """Store the states and close all flows, for which they have `timeout_s` seconds, 3 at
        least."""
        self.is_closing = True
        if self._loop is None:
            return
        self._lingering.close()
        for name in tuple(self.running):
            self._end(name)
        if self._closing:
            _, left = await asyncio.wait(self._closing, timeout=max(timeout_s, 3))
            for task in left:
                task.cancel()
        self._loop = None

    def acquire(self, name: str, parameters: Mapping[str, str]) -> Flow:
        """Use a flow until it is released. Raises SourceError where there is no such stream."""
        running = self.running.get(name)
        if running is None or self._is_resting:
            raise SourceError(f"there is no stream `{name}`")
        flow = running.flow(parameters)
        running.users[flow] += 1
        self._lingering.cancel(flow)
        if flow.status == "failed" and running.users[flow] == 1:
            flow.retry()
        return flow

    def release(self, flow: Flow) -> None:
        """A flow with parameters that nobody uses any more ends after a while."""
        running = self.running.get(flow.name)
        if running is None or flow not in running.users:
            return
        running.users[flow] -= 1
        if running.users[flow] or not running.operator.parameters or self._loop is None:
            return
        self._lingering.arm(flow, self._linger_s, partial(self._expire, flow))

    def rest(self) -> None:
        """Open no source and store nothing from now on."""
        self._is_resting = True

    def on_loop(self, function: Callable[..., T], *args: Any) -> T:
        """Call on the event loop, from another thread. Raises what the function raises."""
        if self._loop is None:
            raise SourceError("the streams are not running")

        async def call() -> T:
            return function(*args)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(ANSWER_S)

    def change_params(self, name: str, changes: Mapping[str, Any]) -> None:
        """Change params of a stream while it runs. Raises ValueError, KeyError."""
        running = self.running[name]
        fitting = running.operator.fit_params(changes, {})
        running.params.update(fitting)
        for flow in running.flows.values():
            flow.change_params(fitting)

    def roll_back(self, name: str, number: int) -> None:
        """Go back to an older version, with the state it had when it ended. Raises KeyError."""
        running = self.running[name]
        found = [e for e in running.versions if e.number == number and not e.refused]
        if not found:
            raise KeyError(number)
        self._begin(running, replace(found[0], since=time.time()), goes_back=True)

    def _apply(self) -> None:
        for name in self.running.keys() - self._wanted.keys():
            self._end(name)
        for name, operator in self._wanted.items():
            known = self.running.get(name)
            if known is None or known.operator.parameters != operator.parameters:
                self._end(name)
                self.running[name] = Running(operator, self._number(operator, 1), self._open)
            elif _is_same(known.declared, operator):
                continue
            elif _has_same_code(known.declared, operator):
                self._bind(known, operator)
            else:
                self._change(known, operator)
        for running in tuple(self.running.values()):
            if not running.operator.parameters and not running.flows and not self._is_resting:
                running.flow({})

    def _bind(self, running: Running, operator: Operator) -> None:
        """Go on with the same code: while cells run, its names are held as they were."""
        running.declared = operator
        running.versions[:] = [
            replace(each, operator=operator) if _has_same_code(each.operator, operator) else each
            for each in running.versions
        ]
        if _is_same(running.operator, operator):
            for flow in running.flows.values():
                flow.swap(Swap(operator, flow.version, is_bound_again=True))

    def _change(self, running: Running, operator: Operator) -> None:
        running.declared = operator
        before = running.operator
        if _is_same(_without_params(before), _without_params(operator)):
            changed = {
                name: value
                for name, value in operator.params.items()
                if before.params.get(name, ...) != value
            }
            if before.params.keys() == operator.params.keys():
                running.versions[-1] = replace(running.versions[-1], operator=operator)
                for flow in running.flows.values():
                    flow.change_params(changed)
                return
        number = self._number(operator, running.versions[-1].number + 1)
        self._begin(running, Version(number, operator, time.time()))

    def _begin(self, running: Running, version: Version, *, goes_back: bool = False) -> None:
        running.versions.append(version)
        del running.versions[: -KEPT_VERSIONS * 2]

        def on_done(refusal: str) -> None:
            if refusal:
                # By its beginning: its operator may have been bound again meanwhile.
                running.versions[:] = [
                    replace(each, refused=refusal) if each.since == version.since else each
                    for each in running.versions
                ]

        for flow in running.flows.values():
            flow.swap(Swap(version.operator, version.number, on_done, goes_back))

    def _open(self, operator: Operator, parameters: Mapping[str, str], number: int) -> Flow:
        assert self._loop is not None
        around = Surroundings(
            workers=self._workers,
            store=self._store,
            loop=self._loop,
            find=self.acquire,
            leave=self.release,
            on_error=self._on_error,
            level=lambda: self.level,
            asker=self._asker,
            publish=self._publish,
        )
        return Flow(operator, parameters, around, version=number)

    def _number(self, operator: Operator, following: int) -> int:
        if not operator.snapshot_s or self._is_resting:
            return following
        try:
            return max(self._store.version(operator.name, _digest(operator)), following)
        except StateError as error:
            LOGGER.warning("stream %s: %s", operator.name, error)
            return following

    def _expire(self, flow: Flow) -> None:
        if (running := self.running.get(flow.name)) is not None:
            running.remove(flow)
        self._close(flow)

    def _end(self, name: str) -> None:
        """Close the flows of a stream, if there is one of that name."""
        if (running := self.running.pop(name, None)) is not None:
            for flow in running.flows.values():
                self._close(flow)

    def _close(self, flow: Flow) -> None:
        assert self._loop is not None
        task = self._loop.create_task(flow.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _without_params(operator: Operator) -> Operator:
    """Leave out what is no other operator where it differs: the params, and words for people."""
    # What is said of an operator is a part of it only where a model reads it.
    describe = operator.stream.describe if operator.is_direct else ""
    return replace(operator, stream=replace(operator.stream, params=(), describe=describe))


def _is_same(one: Operator, other: Operator) -> bool:
    """Tell whether two operators do the same; a cell that has moved is no new version."""
    return (
        _is_same_function(one.function, other.function)
        and replace(one.stream, cell=0) == replace(other.stream, cell=0)
        and one.migrate is other.migrate
    )


def _has_same_code(one: Operator, other: Operator) -> bool:
    """Tell whether two operators are twins at most: the same, if they find other names."""
    return (
        code_of(one.function) == code_of(other.function)
        or _is_same_function(one.function, other.function)
    ) and (
        replace(one.stream, cell=0) == replace(other.stream, cell=0)
        and code_of(one.migrate) == code_of(other.migrate)
    )


def _is_same_function(one: object, other: object) -> bool:
    return one is other or (isinstance(one, DirectFunction) and one == other)


def _digest(operator: Operator) -> str:
    """What is the same as long as the operator is, also in another process."""
    declared = asdict(replace(_without_params(operator).stream, cell=0))
    source = ""
    if isinstance(operator.function, SandboxedFunction):
        source = operator.function.code
    elif operator.function is not None and not operator.is_direct:
        try:
            source = inspect.getsource(operator.function)
        except (OSError, TypeError):
            code = getattr(operator.function, "__code__", None)
            source = f"{code.co_code!r}{code.co_names}" if code else repr(operator.function)
    return hashlib.sha256(f"{declared}\n{source}".encode()).hexdigest()
