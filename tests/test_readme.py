"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from neutrino_lab import report, scaffold
from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.reader import parse, read
from tests.notebooks import notebook

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
CELLS = [each for each in BLOCKS if each.startswith('"""\n@')]
SECURITY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
LINKS = re.findall(r"\]\(([^)#:]+)\)", README)


def shown_after(sentence: str) -> str:
    """The first block after a sentence."""
    return README.partition(sentence)[2].partition("```\n")[2].partition("```")[0]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    scaffold.create(tmp_path)
    return tmp_path / "hello.ipynb"


def test_the_first_cell_is_one_of_the_notebook_that_init_makes(shop: Path) -> None:
    (source,) = find(shop).sources
    book = read(source.path, source.relative, source.module)
    assert isinstance(book, Notebook)
    assert CELLS[0].rstrip("\n") in [cell.source for cell in book.cells]


def test_the_mistakes_are_reported_as_shown(shop: Path) -> None:
    (source,) = find(shop).sources
    text = shop.read_text(encoding="utf-8")
    text = text.replace("GET /hello\\n", "GTE /hello\\n").replace("body: value", "boddy: value")
    book = parse(text, source.relative, source.module)
    diagnostics = Compiler().compile("hello", [book]).diagnostics
    shown = shown_after("on serving:\n")
    assert shown.startswith(report.render(diagnostics, style="text", color=False))


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_compiles_without_a_word(cell: str) -> None:
    path = PurePosixPath("a.ipynb")
    compilation = Compiler().compile("a", [parse(notebook(cell), path, "a")])
    assert compilation.diagnostics == ()
    assert len(compilation.app.endpoints) == 1


@pytest.mark.parametrize("link", LINKS)
def test_every_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_promise_of_safety_names_its_tests() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", SECURITY, re.MULTILINE)[2:]
    named = [re.findall(r"`(tests/[^`]+)`", how) for _, how in rows]
    assert [promise for (promise, how), each in zip(rows, named, strict=True) if not each] == [
        promise for promise, how in rows if "`make soak`" in how
    ]
    listed = {path for each in named for path in each}
    assert [path for path in sorted(listed) if not (ROOT / path).is_file()] == []
    attacks = {f"tests/attacks/{each.name}" for each in (ROOT / "tests/attacks").glob("test_*.py")}
    assert attacks <= listed
