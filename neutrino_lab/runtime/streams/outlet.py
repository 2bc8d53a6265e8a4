"""What a flow gives, on its way to subscribers: each has a bounded queue, and none slows another.

A flow publishes from its thread. Frames are made on the event loop, once for all subscribers, and
only of values that are sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..encoding import encode
from .contract import Overflow
from .emission import Emission, Emitted
from .newest import Newest
from .sample import Sample
from .values import Json, Key

HISTORY = 1_000
"""So many frames are kept for subscribers who come back."""

Event: TypeAlias = Literal["gap", "swapped", "error", "paused", "resumed", "ended"]


@dataclass(slots=True)
class Frame:
    """One envelope as JSON text: of a value, or of an `event`."""

    seq: int
    text: str
    key: Key = None
    event: str = ""


def written(name: str, emitted: Emitted) -> str:
    """Write the envelope of a value as JSON text; `name` is the stream's. Raises EncodeError."""
    seq, at, key, value, version = emitted
    content = value.text if isinstance(value, Json) else encode.dumps(value).decode()
    keyed = "" if key is None else f',"key":{json.dumps(key)}'
    op = json.dumps(f"{name}@{version}")
    return f'{{"seq":{seq},"at":{round(at, 6)}{keyed},"value":{content},"op":{op}}}'


class Subscriber:
    """What waits for one client. To be used on the event loop."""

    def __init__(self, outlet: Outlet, *, capacity: int, overflow: Overflow, rate: float) -> None:
        self.is_closed = False
        self.is_too_slow = False
        self.dropped = 0
        self._outlet = outlet
        self._capacity = capacity
        self._overflow = overflow
        self._interval_s = 1 / rate if rate else 0.0
        self._next_at = 0.0
        self._frames: deque[Frame] = deque()
        self._missed = 0
        self._changed = asyncio.Event()

    def offer(self, frames: Sequence[Frame]) -> None:
        """Add frames; of what does not fit, the overflow decides."""
        self._frames.extend(frames)
        is_conflating = self._overflow == "conflate"
        if len(self._frames) > self._capacity or (is_conflating and self._interval_s):
            self._make_room(is_conflating=is_conflating)
        self._changed.set()

    async def take(self) -> list[Frame]:
        """Wait for frames; empty once there will be no more."""
        loop = asyncio.get_running_loop()
        while True:
            if self._frames and (wait_s := self._next_at - loop.time()) > 0:
                await asyncio.sleep(wait_s)
            if self._missed:
                missed, self._missed = self._missed, 0
                seq = self._frames[0].seq if self._frames else 0
                return [_control(seq, "gap", {"dropped": missed})]
            if self._frames:
                break
            if self.is_closed:
                return []
            await self._changed.wait()
            self._changed.clear()
        if self._interval_s:
            self._next_at = loop.time() + self._interval_s
            return [self._frames.popleft()]
        taken = list(self._frames)
        self._frames.clear()
        return taken

    def close(self) -> None:
        """End: what waits is still taken."""
        self.is_closed = True
        self._changed.set()

    def leave(self) -> None:
        """Drop what waits, because the client is gone, and end."""
        self._frames.clear()
        self.close()
        self._outlet.remove(self)

    def _make_room(self, *, is_conflating: bool) -> None:
        before = len(self._frames)
        if is_conflating:
            newest: dict[Any, Frame] = {}
            for frame in self._frames:
                place = (frame.event, frame.key)
                newest.pop(place, None)
                newest[place] = frame
            self._frames = deque(newest.values())
        elif self._overflow == "close":
            self._frames.clear()
            self.is_too_slow = True
            self.leave()
        # What has happened is told, also where values are dropped.
        told = min(sum(1 for frame in self._frames if frame.event), self._capacity)
        excess = len(self._frames) - self._capacity - told
        if excess > 0:
            kept = deque[Frame]()
            for frame in self._frames:
                if excess > 0 and (not frame.event or told == self._capacity):
                    excess -= 1
                    self._missed += not frame.event
                else:
                    kept.append(frame)
            self._frames = kept
        self.dropped += before - len(self._frames)


class Outlet:
    """The values of one flow: the newest of each key, the last of all, and who wants the next."""

    def __init__(
        self, name: str, loop: asyncio.AbstractEventLoop, *, capacity: int, overflow: Overflow
    ) -> None:
        self.name = name
        self.epoch = secrets.token_hex(4)
        self.dropped = 0
        self.latest: dict[Key, Emitted] = {}
        self.is_closed = False
        self._loop = loop
        self._capacity = capacity
        self._overflow = overflow
        self._lock = threading.Lock()
        self.drawn = Sample()
        self._published = 0
        self._history: Newest[Emitted] = Newest(HISTORY)
        self._fresh: deque[Emitted | Frame] = deque()
        self._is_told = False
        self._subscribers: dict[Subscriber, None] = {}
        self._first = asyncio.Event()

    @property
    def subscribers(self) -> int:
        """How many subscribers there are now."""
        return len(self._subscribers)

    def publish(self, emitted: Emission) -> None:
        """Give values to all subscribers, from any thread."""
        with self._lock:
            self.latest.update(emitted.newest())
            self._history.add(emitted)
            self.drawn.add(emitted, self._published + 1)
            self._published += len(emitted)
            if self._subscribers:
                self._add_fresh(emitted)
            if self._subscribers or not self._first.is_set():
                self._tell()

    def control(self, event: Event, seq: int, **more: Any) -> None:
        """Tell subscribers what has happened, from any thread."""
        with self._lock:
            if self._subscribers:
                self._fresh.append(_control(seq, event, more))
                self._tell()

    def subscribe(self, *, rate: float = 0, after: str = "") -> Subscriber:
        """Begin with the next value, or after the one that an id names, on the event loop."""
        overflow: Overflow = "drop-oldest" if self._overflow == "block" else self._overflow
        subscriber = Subscriber(self, capacity=self._capacity, overflow=overflow, rate=rate)
        with self._lock:
            # What is on its way to the others came before.
            others, fresh = tuple(self._subscribers), self._take_fresh()
            missed = self._since(after) if after else []
            self._subscribers[subscriber] = None
        self._send(others, fresh)
        self._send([subscriber], missed)
        if self.is_closed:
            subscriber.close()
        return subscriber

    def remove(self, subscriber: Subscriber) -> None:
        """Send a subscriber nothing more; one that is unknown is left alone."""
        with self._lock:
            self._subscribers.pop(subscriber, None)

    def id_of(self, frame: Frame) -> str:
        """What a client names to go on after a frame."""
        return f"{self.epoch}.{frame.seq}"

    async def first(self, timeout_s: float) -> bool:
        """Wait until there is a value; false if none came in time."""
        if not self.latest and not self.is_closed:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._first.wait(), timeout_s)
        return bool(self.latest)

    def wake(self) -> None:
        """Let those go on who wait for a first value, which may never come; later ones wait."""
        self._first.set()
        if not self.latest and not self.is_closed:
            self._first.clear()

    def close(self) -> None:
        """Send what is left, and end all subscribers, on the event loop."""
        self._flush()
        self.is_closed = True
        self._first.set()
        for subscriber in tuple(self._subscribers):
            subscriber.close()

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        with self._lock:
            self._is_told = False
            subscribers, fresh = tuple(self._subscribers), self._take_fresh()
        self._first.set()
        self._send(subscribers, fresh)

    def _add_fresh(self, emitted: Sequence[Emitted]) -> None:
        """A thread that is faster than the loop must not fill the memory: the oldest go."""
        most = self._capacity * 2
        excess = max(len(self._fresh) + len(emitted) - most, 0)
        self.dropped += excess
        for _ in range(min(excess, len(self._fresh))):
            self._fresh.popleft()
        self._fresh.extend(emitted[-most:] if len(emitted) > most else emitted)

    def _take_fresh(self) -> Sequence[Emitted | Frame]:
        fresh, self._fresh = self._fresh, deque()
        return fresh

    def _send(self, subscribers: Sequence[Subscriber], several: Sequence[Emitted | Frame]) -> None:
        if not subscribers or not several:
            return
        frames = [self._frame(each) for each in several]
        for subscriber in subscribers:
            subscriber.offer(frames)

    def _frame(self, each: Emitted | Frame) -> Frame:
        if isinstance(each, Frame):
            return each
        return Frame(each[0], written(self.name, each), each[2])

    def _since(self, after: str) -> list[Emitted | Frame]:
        """What came after an id; where that is no longer known, a gap and the newest values."""
        epoch, _, number = after.partition(".")
        history = [*self._history]
        if epoch == self.epoch and number.isdecimal():
            seq = int(number)
            if not history or seq >= history[0][0] - 1:
                return [each for each in history if each[0] > seq]
        newest = sorted(self.latest.values(), key=lambda each: each[0])[-self._capacity :]
        return [_control(newest[0][0] if newest else 0, "gap", {}), *newest]


def _control(seq: int, event: Event, more: dict[str, Any]) -> Frame:
    text = json.dumps({"seq": seq, "event": event, "at": round(time.time(), 6), **more})
    return Frame(seq, text, event=event)
