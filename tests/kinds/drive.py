"""Takes a notebook with a tally through what handles endpoints, and prints what came of it.

Run by test_added_kind.py in a process of its own, where the package has that kind.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx

from neutrino_lab import listing
from neutrino_lab.declare import completions, hover
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.export import documents, selection, source
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.lab import assist
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.protocol.analysis import AnalysisRequest
from neutrino_lab.lab.protocol.base import SourceCell
from neutrino_lab.notebook.facts import extract
from neutrino_lab.notebook.model import Cell
from neutrino_lab.runtime.bus.memory import MemoryBus
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.kinds import from_json
from neutrino_lab.runtime.spec import to_json
from neutrino_lab.serve.call_log import CallLog
from neutrino_lab.serve.live import Live
from neutrino_lab.serve.revision import read_revision
from neutrino_lab.serve.stats import Stats

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


async def swapped(path: Path) -> dict[str, Any]:
    """Serve it, call it, save another version, call that: the total goes on."""
    call_log = CallLog()
    engine = Engine(MemoryBus(), journal=call_log)
    live = Live(path, engine=engine)
    states = [live.load().state]
    transport = httpx.ASGITransport(live)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answers = [(await client.get("/votes/a?by=2")).json()]
        refused = (await client.get("/votes/a?by=x")).status_code
        save(path)
        states.append((await live.refresh()).state)
        answers.append((await client.get("/votes/b")).json())
        operations = (await client.get("/openapi.json")).json()["paths"]
        figures = Stats(engine, call_log).now()
        acted = [engine.act("TALLY /votes/{name}", each) for each in ("reset", "pause")]
        acted.append(engine.act("TALLY /nothing", "reset"))
        answers.append((await client.get("/votes/c")).json())
    told = ("key", "calls", "clients")
    return {
        "states": states,
        "answers": answers,
        "refused": refused,
        "operations": list(operations),
        "figures": [{name: each[name] for name in told} for each in figures],
        "acted": acted,
    }


def save(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("old", "new"), encoding="utf-8")


def described(path: Path) -> dict[str, Any]:
    """What is told of it before anything runs."""
    revision = read_revision(path, Compiler())
    app, notebook = revision.app, revision.notebooks[0]
    cell = notebook.cells[1]
    request = AnalysisRequest(
        path="tallied.ipynb",
        cells=[SourceCell(id=each.id, type="code", source=each.source) for each in notebook.cells],
    )
    analysis = DocumentAnalyzer().analyse(request, now=lambda: NOON)
    readme = documents.readme(
        app,
        options=BuildOptions(),
        modules=(),
        variables=(),
        about={("tallied:vote", 2): "Counts."},
    )
    meaning = hover.at(cell, extract(cell.code), 3, 8)
    offered = completions.at(Cell("x", 1, "@", "@"), extract("@"), 1, 1, list)
    chosen = selection.select("x", [notebook], BuildOptions(only_needed=True)).choices
    return {
        "diagnostics": [each.message for each in revision.diagnostics],
        "is equal": from_json(to_json(app)) == app,
        "listing": listing.overview(app, "http://host").split("\n")[3:-1],
        "readme": readme[readme.index("## Tallies") :].split("\n")[:5],
        "main": source.main_source(app).split("\n")[8:20],
        "endpoints": [each.model_dump() for each in analysis.endpoints],
        "hover": meaning and meaning.text,
        "offered": [each.label for each in offered],
        "snippets": [each.kind for each in assist.snippets().items],
        "chosen": [each.reason for each in chosen],
    }


if __name__ == "__main__":
    notebook = Path(sys.argv[1])
    found = {**described(notebook), **asyncio.run(swapped(notebook))}
    sys.stdout.write(json.dumps(found))
