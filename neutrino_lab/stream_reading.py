"""A source read for a command: its options, its values one after the other, how they are shown."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from argparse import Namespace
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import aclosing, asynccontextmanager
from typing import Any

from neutrino_lab.runtime.errors import NeutrinoError
from neutrino_lab.runtime.streams.contract import Fault, Gap, Source, SourceError
from neutrino_lab.runtime.streams.selection import MISSING, compile_path
from neutrino_lab.runtime.streams.sources import table
from neutrino_lab.runtime.streams.warp.feed import Feed

SOURCE = "NEUTRINO_STREAM_SOURCE"
NODE = "/stock/{symbol}#status"
"""Where the demo feed of SwimOS has its prices, if a source names its host alone."""

DIGITS = 9
"""So many places are printed: the last bits of a sum say nothing."""


class CommandError(Exception):
    """Why a command ends with the exit code 1; its text is all that is printed."""


def add_reader(each: Any, name: str, about: str) -> argparse.ArgumentParser:
    """Add the parser of a command that reads the values of a symbol, with the options of its
    source."""
    reader: argparse.ArgumentParser = each.add_parser(name, help=about)
    reader.add_argument("symbol", metavar="SYMBOL")
    add_source(reader)
    add_count(reader)
    return reader


def add_count(reader: argparse.ArgumentParser) -> None:
    """Add `--count`: after how many lines to end, 0 for never."""

    def count(text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise argparse.ArgumentTypeError(f"`{text}` is no whole number of 0 or more")
        return int(text)

    about = "end after so many lines; 0, the default, never ends"
    reader.add_argument("--count", type=count, default=0, metavar="N", help=about)


def add_source(reader: argparse.ArgumentParser) -> None:
    """Add the options that say where values come from."""
    reader.add_argument(
        "--source",
        default=os.environ.get(SOURCE, ""),
        metavar="URI",
        help=f"with {{symbol}} in it, or a feed's host alone; default {SOURCE}, else simulated",
    )
    reader.add_argument("--select", default="price", metavar="FIELD", help="(%(default)s)")


def run(work: Coroutine[Any, Any, None], *, interrupted: int = 0) -> int:
    """Run to the end; Ctrl+C is the ordinary end of what has none, and `interrupted` its code."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        return interrupted
    except (CommandError, NeutrinoError, SourceError, ValueError) as error:
        sys.stderr.write(f"neutrino: {error}\n")
        return 1
    return 0


def uri_of(source: str, default: str = "") -> str:
    """Complete a source that names a feed's host alone."""
    uri = source or default
    is_host = re.fullmatch(r"warps?://[^/#?]+/?", uri) is not None
    return uri.rstrip("/") + NODE if is_host else uri


async def values(arguments: Namespace) -> AsyncGenerator[tuple[Any, float], None]:
    """Give the selected field of what comes, and its time. Raises SourceError, CommandError."""
    select = compile_path(arguments.select)
    async with aclosing(entries(arguments)) as received:
        async for value, at in received:
            found = select(value) if arguments.select else value
            if found is MISSING:
                fields = ", ".join(value) if isinstance(value, dict) else f"is {value!r:.80}"
                raise CommandError(f"there is no field `{arguments.select}`: {fields}")
            if found is not None:
                yield found, at


async def entries(arguments: Namespace) -> AsyncGenerator[tuple[Any, float], None]:
    """Give what comes as it is, and its time. Raises SourceError, CommandError."""
    has_come = False
    async with _opened(arguments) as source, aclosing(source.values(None)) as batches:  # type: ignore[type-var]
        async for batch in batches:
            for entry in batch:
                if isinstance(entry, Gap | Fault):
                    if not has_come:
                        raise CommandError(entry.reason)
                    sys.stderr.write(f"neutrino: {entry.reason}\n")
                    continue
                value, at, _ = entry
                has_come = True
                yield value, at
    if not has_come:
        raise CommandError("the source has ended without a value")


@asynccontextmanager
async def _opened(arguments: Namespace) -> AsyncIterator[Source]:
    """Open the source that is asked for; without one, a simulated feed in this process."""
    feed: Feed | None = None
    uri = arguments.source
    if not uri:
        feed = Feed()
        uri = f"warp://127.0.0.1:{await feed.start(port=0)}"
    uri = uri_of(uri)
    location = table.locate(uri)
    if location.scheme == table.STREAM:
        raise CommandError("a stream of a notebook has no values outside of it")
    if command := table.missing(location):
        raise CommandError(f"`{location.scheme}` needs a package that is missing: {command}")
    source = table.make(location, {"symbol": arguments.symbol}, "command")
    try:
        yield source
    finally:
        await source.close()
        if feed is not None:
            await feed.stop()


def shown(value: Any) -> Any:
    """Round a float to the DIGITS that are printed; give anything else as it is."""
    return round(value, DIGITS) if isinstance(value, float) else value
