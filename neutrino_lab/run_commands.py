"""`neutrino runs` and `neutrino calls`: what became of them, from where a service keeps it."""

from __future__ import annotations

import argparse
import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from neutrino_lab.listing import columns
from neutrino_lab.notebook.project import find
from neutrino_lab.runtime import settings
from neutrino_lab.runtime.bus import redis_address
from neutrino_lab.runtime.bus.contract import Kept
from neutrino_lab.runtime.bus.redis_address import Address
from neutrino_lab.runtime.observe import history, kept_calls
from neutrino_lab.runtime.observe.journal import Run

T = TypeVar("T")
_HERE = "default: here"


def add(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the parsers of `runs` and `calls` to the subparsers of `neutrino`."""
    runs = verbs.add_parser("runs", help="list the runs of schedules, the newest last")
    calls = verbs.add_parser("calls", help="list recent calls and errors, the newest last")
    for verb, of, command in (
        (runs, "of one schedule alone", listed),
        (calls, "of one endpoint alone, by its path", listed_calls),
    ):
        verb.add_argument("name", nargs="?", default="", metavar="NAME", help=of)
        verb.add_argument("--project", type=Path, default=Path(), metavar="PATH", help=_HERE)
        verb.add_argument("--failed", action="store_true", help="only those that failed")
        verb.add_argument("--format", choices=["text", "json"], default="text")
        verb.set_defaults(command=command)


def listed(arguments: Namespace) -> int:
    """Print the runs. Raises BusError and SettingsError where they cannot be read."""
    found = _kept(arguments, "runs", history.read, history.on_disk)
    chosen = [each for each in found if _is_asked_for(each, arguments.name)]
    if arguments.failed:
        chosen = [each for each in chosen if each.outcome == "failed"]
    rows = [
        (_iso(e.due), _label(e.key), e.outcome, f"{e.duration_s:.3f} s", _reason(e.error))
        for e in chosen
    ]
    entries = [{**asdict(e), "due": _iso(e.due), "started": _iso(e.started)} for e in chosen]
    _print(arguments, entries, rows, "no runs are kept\n")
    return 0


def listed_calls(arguments: Namespace) -> int:
    """Print the calls. Raises BusError and SettingsError where they cannot be read."""
    found = _kept(arguments, "calls", kept_calls.read, kept_calls.on_disk)
    name = arguments.name
    chosen = [each for each in found if name in ("", each.key, _label(each.key))]
    if arguments.failed:
        chosen = [each for each in chosen if each.is_failed]
    rows = [
        (_iso(e.started), e.key, str(e.status), f"{e.duration_s:.3f} s", _reason(e.error))
        for e in chosen
    ]
    entries = [{**asdict(e), "started": _iso(e.started)} for e in chosen]
    _print(arguments, entries, rows, "no calls are kept\n")
    return 0


def _kept(
    arguments: Namespace,
    kept: Kept,
    read: Callable[[Iterable[str | bytes]], list[T]],
    on_disk: Callable[[Path], list[T]],
) -> list[T]:
    """Read what a service keeps."""
    project = find(arguments.project)
    switches = settings.read(os.environ)
    if isinstance(switches.bus, Address):
        service = switches.service or project.title
        return read(redis_address.history(switches.bus, service, kept))
    return on_disk(project.root / switches.state_folder)


def _print(
    arguments: Namespace,
    entries: Sequence[Mapping[str, Any]],
    rows: Sequence[tuple[str, ...]],
    none: str,
) -> None:
    if arguments.format == "json":
        sys.stdout.write(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
        return
    sys.stdout.write("".join(f"{line}\n" for line in columns(rows, indent="")) or none)


def _is_asked_for(run: Run, name: str) -> bool:
    """Whether it is of a schedule: by its whole name, or by that of its function."""
    label = _label(run.key)
    return not name or name in (label, label.partition(":")[2])


def _label(key: str) -> str:
    return key.partition(" ")[2]


def _reason(error: str) -> str:
    return (error.strip().splitlines() or [""])[-1]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
