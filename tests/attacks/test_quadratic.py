"""Text that a program writes: four times as much of it takes about four times as long to read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TypeAlias

import pytest

from neutrino_lab import report
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.protocol.analysis import AnalysisRequest
from neutrino_lab.lab.protocol.base import SourceCell
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.reader import parse
from tests.counting import lines
from tests.notebooks import notebook

Cells: TypeAlias = Callable[[int], Sequence[str]]

OPENING = '"""\n@HTTP\nPOST /a'
FUNCTION = '\n"""\ndef f(b):\n    return 1'


def each(text: str, n: int, between: str = "") -> str:
    return between.join(text.replace("#", str(i)) for i in range(n))


def declared(text: str, n: int, parameters: str = "b", between: str = "") -> list[str]:
    body = f'\n"""\ndef f({each(parameters, n, ",")}):\n    return 1'
    return [f"{OPENING}{each(text, n, between)}{body if '#' in parameters else FUNCTION}"]


HOSTILE: Mapping[str, Cells] = {
    "comment marks": lambda n: ["# @HTTP\n" * n],
    "comment marks in broken code": lambda n: ["# @HTTP\n" * n + "def f(:"],
    "other marks": lambda n: ["# @HTTPX\n" * n],
    "marks between magics": lambda n: ["# @HTTP\n%x\n" * n],
    "strings": lambda n: ['"@HTTP GET /a"\n' * n],
    "strings in broken code": lambda n: ['"@HTTP GET /a"\n' * n + "def f(:"],
    "declarations": lambda n: [each('"""\n@HTTP\nGET /#\n"""\ndef f#():\n    pass\n', n)],
    "faulty declarations": lambda n: [
        each('"""\n@HTTP\nGET /#\nquery: x#\n"""\ndef f#():\n    pass\n', n)
    ],
    "cells of one route": lambda n: ['"@HTTP GET /a"\ndef f():\n    pass'] * (n // 4),
    "one path parameter": lambda n: declared("/{a}", n),
    "path parameters": lambda n: declared("/{a#}", n),
    "one field": lambda n: declared("\nbody: a:str" + ",a:str" * n, 1),
    "fields": lambda n: declared("\nbody: a:str" + each(",a#:str", n), 1),
    "fields like the parameters": lambda n: [
        f'{OPENING}\nbody: {each("a#", n, ",")}\n"""\ndef f({each("b#", n, ",")}):\n    pass'
    ],
    "parameters": lambda n: [f'{OPENING}\n"""\ndef f({each("b#", n, ",")}):\n    pass'],
    "list items": lambda n: declared("\nquery:" + "\n - a" * n, 1),
    "keys": lambda n: declared("\nkey#: x", n),
    "one key": lambda n: declared("\nquery: a", n),
    "stray lines": lambda n: declared("\nx", n),
    "brackets": lambda n: declared("\nbody: " + "[a:\n" * n, 1),
    "closing brackets": lambda n: declared("\nbody: " + "(]" * n, 1),
    "types": lambda n: declared("\nbody: a:" + "|".join(["int"] * n), 1),
    "unknown types": lambda n: declared("\nbody: z:int" + each(",a#:Type#", n), 1),
    "question marks": lambda n: declared("\nbody: a" + "?" * n, 1),
    "nested defaults": lambda n: declared("\nbody: a=" + "[" * n + "]" * n, 1),
    "functions of one name": lambda n: ["def f():\n    pass\n" * n],
    "docstrings that declare": lambda n: ["def f():\n    '@HTTP'\n" * n],
    "magics": lambda n: ["%x\n" * n],
    "assigned magics": lambda n: [each("a# = !x\n", n)],
    "markers": lambda n: ["# %% cell 7\n" * n],
    "a long line": lambda n: ["x = [" + '"é", ' * n + "]"],
    "escaped breaks": lambda n: ['"' + "\\n" * n + '@HTTP GET /a"'],
    "quotes": lambda n: ['"@' * n],
    "a long cron line": lambda n: ['"@SCHEDULE\\ncron: ' + "1," * n + '1 * * * *"\nx = 1'],
    "zones": lambda n: [
        each('"@SCHEDULE\\ninterval: 1s\\ntimezone: Zone/#"\ndef f#():\n    pass\n', n // 10)
    ],
    "digits in a cron line": lambda n: ['"@SCHEDULE\\ncron: ' + "1" * n + ' * * * *"\nx = 1'],
    "digits in an interval": lambda n: ['"@SCHEDULE\\ninterval: ' + "1" * n + 's"\nx = 1'],
    "headings": lambda n: ["md:" + "# \n" * n, "md:# a" + " " * n + "b", "md:# a " + "#" * n + "b"],
}


def read(cells: Sequence[str]) -> int:
    """Check and analyse, and give how many characters are told."""
    found = parse(notebook(*cells), PurePosixPath("n.ipynb"), "n")
    assert isinstance(found, Notebook)
    compilation = Compiler().compile("n", [found])
    told = report.render(compilation.diagnostics, style="json")
    report.render(compilation.diagnostics)
    listed = [SourceCell(id=c.id, type="code", source=c.source) for c in found.cells]
    DocumentAnalyzer().analyse(AnalysisRequest(path="n.ipynb", cells=listed))
    return len(told)


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_as_much_takes_about_four_times_the_work(name: str) -> None:
    read(HOSTILE[name](10))  # what is imported on first use
    texts = [HOSTILE[name](n) for n in (100, 400, 1600)]
    told: list[int] = []
    done = [lines(lambda cells=cells: told.append(read(cells))) for cells in texts]  # type: ignore[misc]
    for fewer, more in pairwise(done):
        assert more < 8 * fewer  # squared it would be 16 times
    for short, long, cells in zip(told, told[1:], texts[1:], strict=False):
        assert long < 8 * short + 3 * sum(map(len, cells)) + 1000


def test_a_cell_is_told_once_with_many_findings() -> None:
    found = parse(notebook("# @HTTP\n" * 300, "# @WS\n"), PurePosixPath("n.ipynb"), "n")
    assert isinstance(found, Notebook)
    told = json.loads(report.render(Compiler().compile("n", [found]).diagnostics, style="json"))
    sources = [(each["cell"], each["source"]) for each in told if each["source"] is not None]
    assert sources == [(1, found.cells[0].source), (2, found.cells[1].source)]


def test_what_is_too_much_is_told() -> None:
    def codes(cells: Sequence[str]) -> set[str]:
        found = parse(notebook(*cells), PurePosixPath("n.ipynb"), "n")
        assert isinstance(found, Notebook)
        compilation = Compiler().compile("n", [found])
        assert compilation.app.endpoints == ()
        return {each.code for each in compilation.diagnostics if each.severity == "error"}

    assert codes(HOSTILE["keys"](501)) == {"NL118"}
    assert codes(HOSTILE["declarations"](201)) == {"NL118"}
    assert codes(HOSTILE["functions of one name"](1001)) == {"NL101"}
