"""The commands `neutrino stream …`: a source read in a terminal, and the demo feed served."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from contextlib import aclosing
from typing import Any

from neutrino_lab import operator_commands
from neutrino_lab.runtime.streams.sources.location import seconds
from neutrino_lab.runtime.streams.warp.feed import Feed
from neutrino_lab.stream_reading import NODE, CommandError, add_reader, run, shown, values


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

    adhoc = add_reader(each, "read-adhoc", "print the newest value once")
    adhoc.set_defaults(command=lambda a: run(_read(a, once=True)))
    streaming = add_reader(each, "read-streaming", "print each value")
    streaming.set_defaults(command=lambda a: run(_read(a, once=False)))
    operator_commands.add_to(each)


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

    return run(serve())


async def _read(arguments: Namespace, *, once: bool) -> None:
    told = f"Ad-hoc read result for {arguments.symbol} is:" if once else "Streaming read result is:"
    left = 1 if once else arguments.count
    async with aclosing(values(arguments)) as received:
        async for value, _ in received:
            print(told, shown(value), flush=True)  # noqa: T201
            left -= 1
            if left == 0:
                return
