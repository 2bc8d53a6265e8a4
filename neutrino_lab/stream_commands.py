"""The commands `neutrino stream …`: a source read in a terminal, and the demo feed served."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from neutrino_lab.runtime.spec import Field, Stream
from neutrino_lab.runtime.streams import operators
from neutrino_lab.runtime.streams.contract import Fault, Gap, Source, SourceError
from neutrino_lab.runtime.streams.operator import make
from neutrino_lab.runtime.streams.process import Process
from neutrino_lab.runtime.streams.selection import MISSING, compile_path
from neutrino_lab.runtime.streams.sources import table
from neutrino_lab.runtime.streams.sources.location import number, seconds
from neutrino_lab.runtime.streams.values import thawed
from neutrino_lab.runtime.streams.warp.feed import Feed

SOURCE = "NEUTRINO_STREAM_SOURCE"
NODE = "/stock/{symbol}#status"
"""Where the demo feed of SwimOS has its prices, if a source names its host alone."""

DIGITS = 9
"""So many places are printed: the last bits of a sum say nothing."""


class CommandError(Exception):
    """Why a command ends with 1."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command on the values of a symbol. `among` are the built-in operators it may be told;
    `line` writes what comes of one value, from the value, the result and the state."""

    name: str
    about: str
    among: tuple[str, ...]
    line: Callable[[str, Any, Any, Any], str]


MAPS = ("multiply",)
FILTERS = ("above", "below")
ACCUMULATES = tuple(
    name for name in operators.BUILTINS if name not in (*MAPS, *FILTERS, "merge", "latest")
)

COMMANDS: tuple[Command, ...] = (
    Command("map-direct", "convert each value", MAPS, lambda _, p, r, __: f"Mapped {p} to {r}."),
    Command(
        "map-generate",
        "convert each value",
        MAPS,
        lambda _, p, r, __: f"The price {p} has been converted to {r}.",
    ),
    Command(
        "filter-direct",
        "show the values that meet a condition",
        FILTERS,
        lambda _, p, __, ___: f"Price {p} meets the filter criteria.",
    ),
    Command(
        "filter-generate",
        "show the values that meet a condition",
        FILTERS,
        lambda _, p, __, ___: f"The price {p} has met the filter criteria.",
    ),
    Command(
        "accumulate-direct",
        "sum up the values so far",
        ACCUMULATES,
        lambda s, _, r, acc: f"Result for {s}: summary: {r}; acc: {acc}.",
    ),
    Command(
        "accumulate-generate",
        "sum up the values so far",
        ACCUMULATES,
        lambda s, _, r, acc: f"{s} -- summary: {r}; acc: {acc}",
    ),
)
# By a built-in there is nothing to generate, so the plain names say the same.
PLAIN: Mapping[str, str] = {
    "map": "map-generate",
    "filter": "filter-generate",
    "accumulate": "accumulate-generate",
}


def add_to(verbs: Any) -> None:
    """Add `stream` and its commands to those of `neutrino`."""
    whole = verbs.add_parser("stream", help="read a live source, or serve a simulated one")
    each = whole.add_subparsers(metavar="COMMAND", required=True)

    simulate = each.add_parser("simulate", help="serve simulated prices as SwimOS does")
    simulate.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    simulate.add_argument("--port", type=int, default=9001, help="0 takes a free one (%(default)s)")
    simulate.add_argument("--every", default="500ms", help="time between two prices (%(default)s)")
    simulate.add_argument("--seed", type=int, help="the same prices each time")
    simulate.set_defaults(command=run_simulation)

    adhoc = _reader(each, "read-adhoc", "print the newest value once")
    adhoc.set_defaults(command=lambda a: _run(_read(a, once=True)))
    streaming = _reader(each, "read-streaming", "print each value")
    streaming.set_defaults(command=lambda a: _run(_read(a, once=False)))
    by_name = {command.name: command for command in COMMANDS}
    by_name.update({name: by_name[same] for name, same in PLAIN.items()})
    for name, command in sorted(by_name.items()):
        reader = _reader(each, name, command.about)
        known = ", ".join(command.among)
        if name.startswith("accumulate"):
            reader.add_argument("operation", metavar="OP", help=f"its name, or words: {known}")
            reader.add_argument(
                "--operation-config", default="{}", metavar="JSON", help="the operator's params"
            )
        else:
            reader.add_argument(
                "operation",
                metavar="JSON",
                help='such as {"description": "flag any values under 20", "parameters": '
                f'{{"threshold": 20}}}}; what it may say: {known}',
            )
        reader.add_argument("--yes", action="store_true", help="ask nothing")
        reader.set_defaults(command=lambda a, c=command: _run(_operate(a, c)))


def run_simulation(arguments: Namespace) -> int:
    """Serve the demo feed until a signal ends it."""

    async def serve() -> None:
        feed = Feed(every_s=seconds(arguments.every), seed=arguments.seed)
        try:
            port = await feed.start(arguments.host, arguments.port)
        except OSError as error:
            where = f"{arguments.host}:{arguments.port}"
            raise CommandError(f"cannot listen on {where}: {error.strerror}") from error
        try:
            print(f"simulated prices on warp://{arguments.host}:{port}{NODE}", flush=True)  # noqa: T201
            await asyncio.Event().wait()
        finally:
            await feed.stop()

    return _run(serve())


def _reader(each: Any, name: str, about: str) -> argparse.ArgumentParser:
    reader: argparse.ArgumentParser = each.add_parser(name, help=about)
    reader.add_argument("symbol", metavar="SYMBOL")
    reader.add_argument(
        "--source",
        default=os.environ.get(SOURCE, ""),
        metavar="URI",
        help=f"with {{symbol}} in it, or a feed's host alone; default {SOURCE}, else simulated",
    )
    reader.add_argument("--select", default="price", metavar="FIELD", help="(%(default)s)")
    reader.add_argument("--count", type=int, default=0, metavar="N", help="end after so many lines")
    return reader


def _run(work: Coroutine[Any, Any, None]) -> int:
    """Run to the end; Ctrl+C is the ordinary end of what has none."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        return 0
    except (CommandError, SourceError, ValueError) as error:
        sys.stderr.write(f"neutrino: {error}\n")
        return 1
    return 0


async def _read(arguments: Namespace, *, once: bool) -> None:
    told = f"Ad-hoc read result for {arguments.symbol} is:" if once else "Streaming read result is:"
    left = 1 if once else arguments.count
    async with aclosing(_values(arguments)) as values:
        async for value, _ in values:
            print(told, _shown(value), flush=True)  # noqa: T201
            left -= 1
            if left == 0:
                return


async def _operate(arguments: Namespace, command: Command) -> None:
    op, params = _operation(arguments, command)
    declared = tuple(Field(name, default=value) for name, value in params.items())
    stream = Stream("command", "every:1s", "command", 0, op=op, params=declared)
    process = Process(make(stream, None, {}))
    left = arguments.count
    async with aclosing(_values(arguments)) as values:
        async for value, at in values:
            results: list[Any] = []
            process.run([(value, at, None, 0)], results)
            while process.errors:
                sys.stderr.write(f"neutrino: {process.errors.popleft().message}\n")
            acc = next(iter(process.states().values()), {})
            for _, result, _ in results:
                shown = _shown(thawed(result))
                print(command.line(arguments.symbol, _shown(value), shown, acc), flush=True)  # noqa: T201
                left -= 1
                if left == 0:
                    return


def _operation(arguments: Namespace, command: Command) -> tuple[str, dict[str, Any]]:
    """Find the built-in operator that is meant, and its params."""
    words, given = arguments.operation, getattr(arguments, "operation_config", "")
    if not given:
        config = _object(words)
        words, params = str(config.get("description", "")), config.get("parameters", {})
    else:
        params = _object(given)
    op = operators.named(words)
    if op not in command.among:
        op = operators.found(words, command.among)
    if not op:
        known = ", ".join(command.among)
        raise CommandError(f"{words!r} names no built-in operator; {command.name} knows {known}")
    expected = operators.BUILTINS[op].params
    if len(expected) == 1:
        # Whatever people call the only one: `exchange_rate`, `limit`.
        [name] = expected
        numbers = [*params.values(), *re.findall(r"\d+(?:\.\d+)?", words)]
        if numbers:
            return op, {name: type(expected[name])(number(str(numbers[0])))}
        if command.among is not ACCUMULATES:
            raise CommandError(f"`{name}` is missing: what {words!r} goes by")
    return op, {}


def _object(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is no JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("parameters", {}), dict):
        raise CommandError(f'{text!r} is no JSON object such as {{"description": "under 20"}}')
    return content


async def _values(arguments: Namespace) -> AsyncGenerator[tuple[Any, float], None]:
    """Give the selected field of what comes, and its time. Raises SourceError, CommandError."""
    select = compile_path(arguments.select)
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
                found = select(value) if arguments.select else value
                if found is MISSING:
                    fields = ", ".join(value) if isinstance(value, dict) else f"is {value!r:.80}"
                    raise CommandError(f"there is no field `{arguments.select}`: {fields}")
                if found is not None:
                    yield found, at
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
    if re.fullmatch(r"warps?://[^/#?]+/?", uri):
        uri = uri.rstrip("/") + NODE
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


def _shown(value: Any) -> Any:
    return round(value, DIGITS) if isinstance(value, float) else value
