from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from neutrino_lab.export.draft import Stages, draft
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.notebook.project import find
from neutrino_lab.notebook.syntax import each_once, parse, parse_or_empty, try_parse, walk
from tests.notebooks import write


def test_trees_are_kept_for_a_block_alone() -> None:
    with each_once():
        tree = parse("a = 1")
        assert parse("a = 1") is tree
        with each_once():
            assert parse("a = 1") is not tree
        assert parse("a = 1") is tree
    assert parse("a = 1") is not tree


@pytest.mark.parametrize("code", ["a =", "a\0", "(" * 1000, "'\ud800'"])
def test_what_is_no_python(code: str) -> None:
    assert try_parse(code) is None
    assert parse_or_empty(code).body == []


def test_walking_leaves_out_what_says_nothing_by_itself() -> None:
    code = Path(ast.__file__).read_text(encoding="utf-8") + "x = {**a, 1: not b < c}\nglobal d\n"
    tree = ast.parse(code)
    silent = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
    assert walk(tree) == [each for each in ast.walk(tree) if not isinstance(each, silent)]


def test_an_export_parses_each_cell_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "a.ipynb", "import os", "P = os.getenv('P')\nD = open('a.ipynb')  # said")
    counts: Counter[str] = Counter()
    real = ast.parse

    def counting(source: str, mode: str = "exec") -> ast.AST:
        counts[source] += mode == "exec"
        return real(source, mode=mode)

    monkeypatch.setattr(ast, "parse", counting)
    draft(find(tmp_path / "a.ipynb"), BuildOptions(only_needed=True), Stages())
    assert max(counts.values()) == 1
    assert len(counts) >= 2
