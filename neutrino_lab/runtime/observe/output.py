"""What scheduled runs print: recorded for the journal and passed on to the real streams."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TextIO

LIMIT = 20_000

# Threads of ours run in a copy of the run's context, so what they print is found through it.
_RECORDER: ContextVar[Recorder | None] = ContextVar("neutrino_output", default=None)


class Recorder:
    """The first `limit` characters of what one run prints."""

    __slots__ = ("_dropped", "_parts", "_room", "owner")

    def __init__(self, owner: Output, limit: int = LIMIT) -> None:
        self.owner = owner
        self._parts: list[str] | None = None  # most runs print nothing
        self._room = limit
        self._dropped = 0

    def write(self, text: str) -> None:
        """Keep a text, as far as there is room."""
        kept = text[: self._room]
        if kept:
            if self._parts is None:
                self._parts = []
            self._parts.append(kept)
            self._room -= len(kept)
        self._dropped += len(text) - len(kept)

    @property
    def text(self) -> str:
        """What was kept, and how many characters were not."""
        if self._parts is None:
            return ""
        cut = f"\n… and {self._dropped:,} more characters" if self._dropped else ""
        return "".join(self._parts) + cut


class Output:
    """Stands in for `sys.stdout` and `sys.stderr` between `install` and `remove`."""

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}

    def install(self) -> None:
        """Take the place of the real streams, if it has not done so yet."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and name not in self._streams:
                self._streams[name] = _Stream(stream, self)
                setattr(sys, name, self._streams[name])

    def remove(self) -> None:
        """Put the real streams back, unless somebody has since put others in our place."""
        for name, stream in self._streams.items():
            if getattr(sys, name) is stream:
                setattr(sys, name, stream.real)
        self._streams = {}

    def record(self, recorder: Recorder) -> None:
        """Record what is printed from here on, to the end of this context and of those copied
        from it."""
        _RECORDER.set(recorder)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Keep what the block writes to the streams out of what the user's code has printed."""
    token = _RECORDER.set(None)
    try:
        yield
    finally:
        _RECORDER.reset(token)


class _Stream:
    """Writes to a real stream and to the recorder of the current run; is that stream otherwise."""

    def __init__(self, real: TextIO, owner: Output) -> None:
        self.real = real
        self._owner = owner

    def write(self, text: str) -> int:
        recorder = _RECORDER.get()
        # Where two engines share a process, each records its own runs.
        if recorder is not None and recorder.owner is self._owner:
            recorder.write(text)
        return self.real.write(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __iter__(self) -> Iterator[str]:
        return iter(self.real)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)
