"""One flow: values from its sources, through its operator, to its outlet and the flows after it.

There is one for each stream, or for each set of values of its path's parameters. Sources are read
on the event loop; the operator runs in a thread, for one flow in one at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import countOf
from typing import Any, Literal, TypeAlias

from . import direct
from .buffer import Buffer
from .chain import Chain
from .contract import Entry, Fault, Gap, SourceError
from .direct import PauseError
from .emission import Emission
from .guard import Guard
from .inlet import Inlet
from .operator import Operator
from .outlet import Outlet
from .pace import Pace
from .relay import Relay
from .replay import Replay
from .sample import Sample
from .snapshots import Snapshots
from .sources import table
from .surroundings import Surroundings
from .swap import Swap, carry
from .timers import Timers
from .values import Chunk, Column, InterruptedOperatorError, Result

LOGGER = logging.getLogger("neutrino.streams")

RECENT = 256
"""So many of the newest values that came in are kept, for trials and replays."""
FAILURES_TO_PAUSE = 100
CLOSE_S = 2.0
"""So long may what has come take to be finished when a flow is closed."""

Status: TypeAlias = Literal["starting", "live", "paused", "failed", "ended", "closed"]


class Flow:
    """Values through one operator, version after version."""

    def __init__(
        self,
        operator: Operator,
        parameters: Mapping[str, str],
        around: Surroundings,
        *,
        version: int,
    ) -> None:
        self.parameters = dict(parameters)
        self.status: Status = "starting"
        self.reason = ""
        self.recent = Sample(newest=RECENT)
        self.seq = self.emitted = 0
        self.process = around.process(operator, version, self._on_error)
        self._around = around
        self.inlet = Inlet(self, around.loop)
        self.chain = Chain()
        overflow, size = operator.first_overflow, operator.stream.buffer
        self.buffer = Buffer(operator.capacity, overflow, operator.key)
        self.outlet = Outlet(operator.name, around.loop, capacity=size, overflow=overflow)
        self._relay = Relay(self.outlet, around.publish)
        self._lock = threading.Lock()
        self._is_scheduled = self._is_snapshot_due = self._is_tick_due = False
        self._swaps: deque[Swap] = deque()
        self._replays: deque[Replay] = deque()
        self._guard = Guard()
        self._pace = Pace()
        self._last_put = time.monotonic()
        self._snapshots = Snapshots(around.store, self.process, self.id)
        self._timers = Timers[str]()
        self._is_closing = self._is_connected = False
        self._is_at_rest = asyncio.Event()

    @property
    def operator(self) -> Operator:
        """The operator of the version that takes its values now."""
        return self.process.operator

    @property
    def version(self) -> int:
        """The version of the operator, from 1."""
        return self.process.version

    @property
    def name(self) -> str:
        """The name of the stream."""
        return self.operator.name

    @property
    def id(self) -> str:
        """What its state is stored under, beside the name of the stream."""
        return json.dumps(self.parameters, sort_keys=True) if self.parameters else ""

    # --- on the event loop

    def open(self) -> None:
        """Go on from the last snapshot, and begin to read."""
        self._relay.adopt(self.operator)
        if self._restore():
            self._connect()
            self.status = "live"
        self._arm_snapshot()

    async def close(self) -> None:
        """Stop reading, finish what has come, and store the state."""
        if self.status == "closed":
            return
        self._leave_upstream()
        self._timers.close()
        # The sources stay until the last snapshot is acknowledged to them.
        self._is_snapshot_due = bool(self.operator.snapshot_s)
        self._is_closing = True
        self.schedule()
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._is_at_rest.wait(), CLOSE_S)
        self.process.close()
        await self.inlet.close()
        self.status = "closed"
        self.outlet.close()

    def swap(self, swap: Swap) -> None:
        """Go on with another version between two values, if the state fits it."""
        self._swaps.append(swap)
        self.schedule()

    def replay(self, count: int) -> Replay:
        """Put the newest values through once more, beside the stream, in a turn of its own."""
        replay = Replay(count)
        self._replays.append(replay)
        self.schedule()
        return replay

    def change_params(self, changes: Mapping[str, Any]) -> None:
        """Change params from the next value on. Raises ValueError."""
        self.process.params = self.operator.fit_params(changes, self.process.params)

    def pause(self, reason: str = "") -> None:
        """Let what comes wait, within the bounds of the buffer."""
        if self.status in ("live", "starting"):
            self.status, self.reason = "paused", reason
            self.outlet.control("paused", self.seq, **({"reason": reason} if reason else {}))

    def resume(self) -> None:
        """Go on if it is paused, connect again if need be, and tell subscribers."""
        if self.status == "paused":
            self.status, self.reason = "live", ""
            self.process.failures_in_a_row = 0
            if not self._is_connected:
                self._connect()
            self.outlet.control("resumed", self.seq)
            self.schedule()

    def retry(self) -> None:
        """Read again after the sources have failed."""
        self.status, self.reason = "live", ""
        self._leave_upstream()
        self._connect()
        self.schedule()

    def reset(self) -> None:
        """Forget the state, and go on from the next value."""
        self._snapshots.forget()
        self.process.restore({"slots": [], "params": {}, "positions": [], "at": None})
        self.resume()

    # --- from any thread

    def receive(self, origin: int, entries: Sequence[Entry]) -> None:
        """Take in what a source gave, or the flow before this one."""
        taken: Sequence[Any] = entries
        if countOf(map(type, entries), tuple) < len(entries):
            taken = [entry for entry in entries if type(entry) is tuple]
        for entry in entries if len(taken) < len(entries) else ():
            if isinstance(entry, Gap):
                self.process.note("Gap", entry.reason)
                self.outlet.control("gap", self.seq, reason=entry.reason)
            elif isinstance(entry, Fault):
                self.process.note("Fault", entry.reason, entry.content)
                self.outlet.control("error", self.seq, error=entry.reason)
        if taken:
            self._last_put = time.monotonic()
            self.buffer.put(origin, taken)
            self.schedule()

    # --- in a thread of the workers

    @property
    def timeout_s(self) -> float:
        # A sandboxed process, a coroutine and a model's answer are ended by what waits for them.
        waits = self.process.remote or self.operator.is_async or self.operator.is_direct
        return 0 if waits else self.operator.timeout_s

    @property
    def progress(self) -> int:
        """A number that changes with each value: the watchdog compares it."""
        return self.process.progress

    def take_turn(self) -> bool:
        """Put the values that wait through the operator, some at a time; true if more wait."""
        while self._swaps:
            self._apply(self._swaps.popleft())
        while self._replays:
            copied = self._around.copy(self.process)
            self._replays.popleft().run(copied, tuple(self.recent.newest), self._guard)
        if self.status == "live" and not self.chain.must_wait():
            # What comes after a failure waits, where that pauses.
            is_careful = self.operator.stream.on_error == "pause"
            if batch := self.buffer.take(1 if is_careful else self._pace.count):
                self._run(batch)
            elif self._is_tick_due:
                self._is_tick_due = False
                passed_s = time.monotonic() - self._last_put
                self._publish(self.process.pass_time(self.process.last_at + passed_s))
            self._after_turn()
        if self._is_snapshot_due:
            self._is_snapshot_due = False
            self._save()
        with self._lock:
            is_ready = self.status == "live" and len(self.buffer) > 0 and not self.chain.must_wait()
            self._is_scheduled = is_ready or bool(self._swaps or self._replays)
            if self._is_closing and not self._is_scheduled:
                self._call_soon(self._is_at_rest.set)
            return self._is_scheduled

    def interrupt(self) -> None:
        """End the call that makes no progress; called by the watchdog's thread."""
        self._guard.interrupt()

    def _on_error(self, error: BaseException) -> None:
        if isinstance(error, InterruptedOperatorError):
            self._guard.arrived()
        elif isinstance(error, PauseError):
            self._call_soon(direct.pause, self, self._around.loop, error)
        self._around.on_error(self.operator, error)

    def _run(self, batch: Sequence[Chunk]) -> None:
        count = 0
        for chunk in batch:
            self.recent.add(chunk, self.process.received + count + 1)
            count += len(chunk)
        begun = time.monotonic()
        results = self._guard.run(self.process, batch)
        self._pace.passed(count, time.monotonic() - begun)
        self._publish(results)
        failures = self.process.failures_in_a_row
        if not failures:
            return
        label = f"{self.name}@{self.version}"
        if failures >= FAILURES_TO_PAUSE and self.version > 1:
            self.pause(f"{label} failed {failures} times in a row; go back to an older version")
        elif self.operator.stream.on_error == "pause":
            self.pause(f"{label} failed")

    def _publish(self, results: Sequence[Result | Column]) -> None:
        if not results:
            return
        emitted = Emission(self.seq + 1, self.version, results)
        self.seq, self.emitted = self.seq + len(emitted), self.emitted + len(emitted)
        self.outlet.publish(emitted)
        self.chain.give(emitted)

    def _after_turn(self) -> None:
        if self.buffer.overflow == "block" and not self.buffer.is_full:
            self.chain.wake()
            if self.inlet.waits_for_room:
                self._call_soon(self.inlet.make_room)
        if self.operator.window is not None and (due := self.process.due()) is not None:
            self._call_soon(self._arm_tick, due - self.process.last_at)

    def _apply(self, swap: Swap) -> None:
        operator, old = swap.operator, self.operator
        if swap.is_bound_again:
            return self.process.bind(operator, self._around.caller(operator))
        try:
            states, how = carry(self.process.states(), old.stream.op, operator)
            back = self._snapshots.kept(swap.version) if swap.goes_back else None
        except Exception as error:  # noqa: BLE001 - a migration is the user's code
            reason = f"version {swap.version} is refused, the state does not fit: {error}"
            self.process.note("Refused", reason)
            self.outlet.control("error", self.seq, error=f"version {swap.version} is refused")
            self._call_soon(swap.on_done, reason)
            return
        self._snapshots.keep(self.version)
        call, remote = self._around.caller(operator), self._around.remote(operator)
        self.process.adopt(operator, swap.version, states, call=call, remote=remote)
        if back is not None:
            positions = list(self.process.positions.items())
            self.process.restore({**back, "positions": positions})
        self.buffer.key, self.buffer.capacity = operator.key, operator.capacity
        self.outlet.control("swapped", self.seq, op=f"{self.name}@{swap.version}", state=how)
        self._call_soon(self._reconnect, old)
        self._call_soon(swap.on_done, "")

    def _save(self) -> None:
        if not self.operator.snapshot_s:
            return
        tell = partial(self.outlet.control, "error", self.seq)
        saved = self._snapshots.save(self.version, self.seq, lambda text: tell(error=text))
        if saved is not None:
            # Looked up on the loop: other sources may be read by then.
            self._call_soon(lambda: self.inlet.acknowledge(saved))

    # --- on the event loop again

    def _restore(self) -> bool:
        if not self.operator.snapshot_s:
            return True
        try:
            self.seq = self._snapshots.restore(self.operator, self.version) or self.seq
        except Exception as error:  # noqa: BLE001 - a migration is the user's code
            self.status, self.reason = "paused", f"its stored state does not fit: {error}"
            self.process.note("StateError", self.reason)
            LOGGER.error("stream %s is paused: %s", self.name, self.reason)  # noqa: TRY400
            return False
        return True

    def _connect(self) -> None:
        self._is_connected = True
        mine = dict(enumerate(self.operator.locations))
        for origin, location in enumerate(self.operator.locations):
            if location.scheme == table.STREAM:
                del mine[origin]
                try:
                    flow = self._around.find(location.about, self.parameters)
                except SourceError as error:
                    self.fail(str(error))
                    return
                self.chain.follow(self, flow, origin)
        self.inlet.open(mine, self.process.positions, sets_overflow=self.operator.overflow is None)

    def _leave_upstream(self) -> None:
        for flow in self.chain.leave(self):
            self._around.leave(flow)

    def _reconnect(self, old: Operator) -> None:
        """Read other sources where the new version has others, and send where it says."""
        self._relay.adopt(self.operator)
        if self.operator.locations != old.locations and not self._is_closing:
            self._leave_upstream()
            self.inlet.cancel()
            self.inlet = Inlet(self, self._around.loop)
            self.buffer.clear()
            self.process.positions.clear()
            if self.status == "failed":
                self.status, self.reason = "live", ""
            self._connect()

    def fail(self, reason: str) -> None:
        """A source gives no more: what has come waits until it is read again."""
        self.status, self.reason = "failed", reason
        self.process.note("SourceError", reason)
        self.outlet.control("error", self.seq, error=reason)
        self.outlet.wake()

    def end(self) -> None:
        """The source has an end, such as that of a file."""
        self.reason = "its source has ended"

    def _arm_snapshot(self) -> None:
        def save() -> None:
            self._is_snapshot_due = True
            self.schedule()
            self._arm_snapshot()

        if self.operator.snapshot_s:
            self._timers.arm("snapshot", self.operator.snapshot_s, save)

    def _arm_tick(self, wait_s: float) -> None:
        def tick() -> None:
            self._is_tick_due = True
            self.schedule()

        self._timers.arm("tick", wait_s, tick)

    def schedule(self) -> None:
        """Have a turn soon, if there is none already."""
        with self._lock:
            if self._is_scheduled:
                return
            self._is_scheduled = True
        self._around.workers.add(self)

    def _call_soon(self, function: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._around.loop.call_soon_threadsafe(function, *args)
