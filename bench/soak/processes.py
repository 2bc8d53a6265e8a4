"""Processes as Linux's /proc tells of them: who started whom, and what each holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.lab import resident_mb


@dataclass(frozen=True, slots=True)
class Held:
    """What a process has at one moment."""

    memory_mb: float
    threads: int
    descriptors: int


def held(pid: int) -> Held:
    folder = Path(f"/proc/{pid}")
    threads = sum(1 for _ in (folder / "task").iterdir())
    return Held(resident_mb(pid), threads, sum(1 for _ in (folder / "fd").iterdir()))


def children(pid: int) -> list[int]:
    """The processes that a process has started itself and that still run."""
    return [each for each, parent, state in _stats() if parent == pid and state != "Z"]


def marked(mark: str) -> dict[int, str]:
    """The processes whose environment holds a text, with their command lines; no zombies."""
    found = {}
    for pid, _, state in _stats():
        with suppress(OSError):
            if state != "Z" and mark.encode() in Path(f"/proc/{pid}/environ").read_bytes():
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                found[pid] = b" ".join(words).decode(errors="replace").strip()
    return found


def _stats() -> Iterator[tuple[int, int, str]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            state, parent = text.rpartition(")")[2].split()[:2]
            yield int(path.parent.name), int(parent), state
