"""The commands `neutrino stream …`: a source read in a terminal, and the demo feed served."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import sys
from argparse import Namespace
from contextlib import aclosing
from pathlib import Path
from typing import Any

from neutrino_lab import operator_commands
from neutrino_lab.generate import intent, settings
from neutrino_lab.generate.errors import NoModelError
from neutrino_lab.generate.model import Model
from neutrino_lab.runtime.streams.sources.location import seconds
from neutrino_lab.runtime.streams.warp.feed import Feed
from neutrino_lab.stream_reading import (
    NODE,
    CommandError,
    add_count,
    add_reader,
    add_source,
    run,
    shown,
    values,
)


def add_to(verbs: Any) -> None:
    """Add the parsers of `stream` and its commands to the subparsers of `neutrino`."""
    whole = verbs.add_parser("stream", help="read a live source, or serve a simulated one")
    each = whole.add_subparsers(metavar="COMMAND", required=True)

    simulate = each.add_parser("simulate", help="serve simulated prices as SwimOS does")
    simulate.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    simulate.add_argument("--port", type=int, default=9001, help="0 takes a free one (%(default)s)")
    simulate.add_argument("--every", default="500ms", help="time between two prices (%(default)s)")
    simulate.add_argument("--seed", type=int, help="the same prices each time")
    simulate.set_defaults(command=run_simulation)

    adhoc = add_reader(each, "read-adhoc", "print the newest value once")
    adhoc.set_defaults(command=lambda a: run(_read(a, once=True)))
    streaming = add_reader(each, "read-streaming", "print each value")
    streaming.set_defaults(command=lambda a: run(_read(a, once=False)))
    operator_commands.add_to(each)
    execute = each.add_parser("execute", help="do what a sentence says, by one of these commands")
    execute.add_argument("words", metavar="WORDS", help="such as 'Stream stock prices for AAAA'")
    add_source(execute)
    add_count(execute)
    operator_commands.add_consent(execute)
    execute.set_defaults(command=lambda a: _execute(a, whole))


def _execute(arguments: Namespace, commands: argparse.ArgumentParser) -> int:
    """Find the command that is meant, show it, and run it: one that a model chose after a yes."""
    found: list[intent.Intent] = []
    code = run(_find(arguments, found))
    if code or not found:
        return code
    meant = found[0]
    more = ["--source", arguments.source] if arguments.source else []
    more += ["--select", arguments.select, "--count", str(arguments.count)]
    if meant.command not in intent.READS:
        more += ["--yes"] if arguments.yes else []
        more += ["--share", arguments.share] if arguments.share else []
    chosen = commands.parse_args([*meant.arguments, *more])
    return chosen.command(chosen)  # type: ignore[no-any-return]


async def _find(arguments: Namespace, found: list[intent.Intent]) -> None:
    meant = intent.by_rules(arguments.words)
    is_certain = meant is not None
    if meant is None:
        try:
            model = Model(settings.read(os.environ, Path()))
        except NoModelError as error:
            text = f"{arguments.words!r} says no command without doubt. {error}"
            raise CommandError(text) from None
        try:
            meant = await intent.by_model(arguments.words, model)
        finally:
            await model.close()
    sys.stderr.write(f"{shlex.join(['neutrino', 'stream', *meant.arguments])}\n")
    if not is_certain and not arguments.yes:
        operator_commands.demand_yes("Run this?", "nothing was run", unasked="a model chose this")
    found.append(meant)


def run_simulation(arguments: Namespace) -> int:
    """Serve the demo feed until a signal ends it; give the exit code. Raises CommandError where it
    cannot listen."""

    async def serve() -> None:
        feed = Feed(every_s=seconds(arguments.every), seed=arguments.seed)
        try:
            port = await feed.start(arguments.host, arguments.port)
        except OSError as error:
            where = f"{arguments.host}:{arguments.port}"
            raise CommandError(f"cannot listen on {where}: {error.strerror}") from error
        except OverflowError:
            raise CommandError("a port is from 0 to 65535") from None
        try:
            print(f"simulated prices on warp://{arguments.host}:{port}{NODE}", flush=True)  # noqa: T201
            await asyncio.Event().wait()
        finally:
            await feed.stop()

    return run(serve())


async def _read(arguments: Namespace, *, once: bool) -> None:
    text = f"Ad-hoc read result for {arguments.symbol} is:" if once else "Streaming read result is:"
    left = 1 if once else arguments.count
    async with aclosing(values(arguments)) as received:
        async for value, _ in received:
            print(text, shown(value), flush=True)  # noqa: T201
            left -= 1
            if left == 0:
                return
