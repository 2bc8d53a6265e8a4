"""The lines of a file as a source, played as fast as they are taken or as time went."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ..contract import MAX_FRAME_BYTES, SHOWN, Entry, Fault, Overflow, Source, SourceError
from .location import Location, number

BATCH = 256

# Times of this size are milliseconds: in seconds they would be after the year 5000.
_MILLISECONDS = 1e11


class File(Source):
    """One value a line of `file:PATH?time=FIELD&speed=TIMES`. Its position is where the next line
    begins, in bytes."""

    is_durable = True
    overflow: Overflow = "block"

    def __init__(self, location: Location, _name: str) -> None:
        self._path = Path(location.about)
        self._time_field = location.options.get("time", "")
        self._speed = number(location.options.get("speed", "0"))
        self._started: tuple[float, float] | None = None

    async def values(self, position: Any) -> AsyncIterator[Sequence[Entry]]:
        try:
            with self._path.open("rb") as file:
                header = self._header(file)
                file.seek(max(int(position or 0), file.tell()))
                while batch := self._read(file, header):
                    if not self._speed:
                        yield batch
                        await asyncio.sleep(0)
                        continue
                    for entry in batch:
                        await self._wait(entry)
                        yield [entry]
        except OSError as error:
            raise SourceError(f"{self._path} cannot be read: {error.strerror}") from error

    def _header(self, file: BinaryIO) -> list[str]:
        if self._path.suffix != ".csv":
            return []
        return next(csv.reader([_text(file.readline())]), [])

    def _read(self, file: BinaryIO, header: list[str]) -> list[Entry]:
        batch: list[Entry] = []
        while len(batch) < BATCH and (line := file.readline(MAX_FRAME_BYTES)):
            if line.strip():
                batch.append(self._entry(line, header, file.tell()))
        return batch

    def _entry(self, line: bytes, header: list[str], position: int) -> Entry:
        text = _text(line)
        try:
            value = _row(text, header) if header else json.loads(text)
            return (value, self._time(value), position)
        except (ValueError, RecursionError, csv.Error) as error:
            return Fault(f"{self._path} has a line that cannot be read: {error}", text[:SHOWN])

    def _time(self, value: Any) -> float:
        if not self._time_field or not isinstance(value, dict):
            return time.time()
        at = float(value.get(self._time_field) or 0)
        return at / 1000 if at > _MILLISECONDS else at

    async def _wait(self, entry: Entry) -> None:
        """Wait until it is an entry's turn. Without times, lines are a second apart."""
        if not isinstance(entry, tuple):
            return
        if not self._time_field:
            await asyncio.sleep(1 / self._speed)
            return
        now = asyncio.get_running_loop().time()
        if self._started is None:
            self._started = (now, entry[1])
        began, first = self._started
        await asyncio.sleep(max(began + (entry[1] - first) / self._speed - now, 0))


def _text(line: bytes) -> str:
    return line.decode("utf-8-sig", errors="replace")


def _row(text: str, header: list[str]) -> dict[str, Any]:
    cells = next(csv.reader([text]))
    if len(cells) != len(header):
        raise ValueError(f"{len(cells)} cells under {len(header)} names")
    return {name: _cell(cell) for name, cell in zip(header, cells, strict=True)}


def _cell(text: str) -> Any:
    """A number where it is one, None where there is nothing."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text or None


make = File
