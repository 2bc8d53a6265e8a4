"""A thread that notices when the event loop of this process no longer answers."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, sleep

from neutrino_lab.serve.tracebacks import Origin, innermost

BEAT_S = 1.0
SILENT_S = 3.0


@dataclass(frozen=True, slots=True)
class LoopState:
    """The state of an event loop: `place` is the line of a cell that keeps it busy, where one is
    known; `is_over`: it answers again."""

    place: str = ""
    is_over: bool = False


class Watchdog:
    """Watches the loop that it is started on; `on_change` is called in its thread."""

    def __init__(
        self,
        origin: Origin,
        *,
        on_change: Callable[[LoopState], None],
        silent_s: float = SILENT_S,
    ) -> None:
        self._origin = origin
        self._on_change = on_change
        self._silent_s = silent_s
        self._answered_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    def start(self) -> None:
        """Begin on the event loop that is to be watched, with a daemon thread."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._answered_s = monotonic()
        threading.Thread(target=self._watch, name="neutrino-watchdog", daemon=True).start()

    def stop(self) -> None:
        """Look no more; the thread ends at its next look."""
        self._loop = None

    def _watch(self) -> None:
        is_silent = is_asked = False
        asked_s = 0.0
        while (loop := self._loop) is not None:
            if not is_asked or self._answered_s >= asked_s:
                asked_s, is_asked = monotonic(), True
                try:
                    loop.call_soon_threadsafe(self._answer)
                except RuntimeError:  # it has been closed
                    return
            sleep(BEAT_S)
            was_silent, is_silent = is_silent, self._is_silent(asked_s)
            if is_silent and not was_silent:
                self._on_change(LoopState(self._place()))
            elif was_silent and not is_silent:
                self._on_change(LoopState(is_over=True))

    def _answer(self) -> None:
        self._answered_s = monotonic()

    def _is_silent(self, asked_s: float) -> bool:
        return self._answered_s < asked_s and monotonic() - asked_s >= self._silent_s

    def _place(self) -> str:
        found = innermost(sys._current_frames().get(self._thread), self._origin)
        return f"{found[0]}, line {found[1]}" if found else ""
