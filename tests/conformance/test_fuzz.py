"""10,000 notebooks mutated from the corpus: findings, never a traceback."""

from __future__ import annotations

import json
import random
from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab import report
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.reader import parse

HERE = Path(__file__).parent
SOURCES = [path.read_text(encoding="utf-8") for path in sorted(HERE.rglob("*.ipynb"))]
MUTANTS = 10_000
SPICE = [
    *('"', "'", '"""', "\\", "\\n", "\n", "\t", "\0", "\ufeff", "\ud800", "\U0001f600", "é"),
    *("@HTTP", "@WS", "@SCHEDULE", "@", "#", "GET /", "/{x}", "{", "}", "[", "]", "(", ")", ":"),
    *("body: a:int", "cron: * * * * * *", "interval: 1s", "type: stream", "%%time", "!ls", "?"),
    *("def f():\n    pass\n", "lambda", "await ", "yield ", "return", "  - a:int", ",", "=", "-1"),
]


def mutant(random_: random.Random) -> str | bytes:
    """A notebook with a few edits: in the cells' text, in the JSON, or in the very bytes."""
    text = random_.choice(SOURCES)
    where = random_.random()
    if where < 0.7:
        notebook = json.loads(text)
        for _ in range(random_.randint(1, 4)):
            cell = random_.choice(notebook["cells"])
            cell["source"] = edited("".join(cell["source"]), random_)
        return json.dumps(notebook)
    if where < 0.9:
        return edited(text, random_)
    raw = bytearray(text.encode())
    for _ in range(random_.randint(1, 20)):
        raw[random_.randrange(len(raw))] = random_.randrange(256)
    return bytes(raw)


def edited(text: str, random_: random.Random) -> str:
    start = random_.randint(0, len(text))
    end = min(len(text), start + random_.choice([0, 0, 1, 5, 40]))
    piece = random_.choice([*SPICE, "", text[random_.randint(0, len(text)) :][:30]])
    return text[:start] + piece + text[end:]


@pytest.mark.no_cover
def test_mutated_notebooks_give_findings_only() -> None:
    random_ = random.Random(2026)
    compiler = Compiler()
    path = PurePosixPath("mutant.ipynb")
    for _ in range(MUTANTS):
        notebook = parse(mutant(random_), path, "mutant")
        compilation = compiler.compile("mutant", [notebook])
        for style in ("text", "json", "github"):
            report.render(compilation.diagnostics, style=style, color=False)
