"""`neutrino runs`: what became of the runs of schedules, from where a service keeps them."""

from __future__ import annotations

import argparse
import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from neutrino_lab.notebook.project import find
from neutrino_lab.runtime import settings
from neutrino_lab.runtime.bus import redis_address
from neutrino_lab.runtime.bus.redis_address import Address
from neutrino_lab.runtime.errors import BusError, SettingsError
from neutrino_lab.runtime.observe import history
from neutrino_lab.runtime.observe.journal import Run


def add(verbs: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    runs = verbs.add_parser("runs", help="list the runs of schedules, the newest last")
    runs.add_argument("name", nargs="?", default="", metavar="NAME", help="of one schedule alone")
    runs.add_argument("--project", type=Path, default=Path(), metavar="PATH", help="default: here")
    runs.add_argument("--failed", action="store_true", help="only those that failed")
    runs.add_argument("--format", choices=["text", "json"], default="text")
    runs.set_defaults(command=listed)


def listed(arguments: Namespace) -> int:
    """Print the runs; 2 where they cannot be read."""
    project = find(arguments.project)
    try:
        switches = settings.read(os.environ)
        if isinstance(switches.bus, Address):
            service = switches.service or project.title
            found = history.read(redis_address.kept(switches.bus, service))
        else:
            found = history.on_disk(project.root / switches.state_folder)
    except (BusError, SettingsError) as error:
        sys.stderr.write(f"neutrino: {error}\n")
        return 2
    chosen = [each for each in found if _is_asked_for(each, arguments.name)]
    if arguments.failed:
        chosen = [each for each in chosen if each.outcome == "failed"]
    if arguments.format == "json":
        told = [{**asdict(e), "due": _iso(e.due), "started": _iso(e.started)} for e in chosen]
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(_table(chosen))
    return 0


def _is_asked_for(run: Run, name: str) -> bool:
    """Whether it is of a schedule: by its whole name, or by that of its function."""
    label = _label(run)
    return not name or name in (label, label.partition(":")[2])


def _table(runs: Sequence[Run]) -> str:
    if not runs:
        return "no runs are kept\n"
    rows = [
        (_iso(each.due), _label(each), each.outcome, f"{each.duration_s:.3f} s", _reason(each))
        for each in runs
    ]
    widths = [max(len(row[n]) for row in rows) for n in range(4)]
    lines = ("  ".join([*map(str.ljust, row[:4], widths), row[4]]).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _label(run: Run) -> str:
    return run.key.partition(" ")[2]


def _reason(run: Run) -> str:
    return (run.error.strip().splitlines() or [""])[-1]


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
