"""A cell that a model drafted is what a person accepted, or it is refused."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.notebook import reader
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.provenance import hash_of
from neutrino_lab.runtime.spec import Stream

SOURCE = '"""\n@STREAM /s\nsource: every:1s\nrun: sandboxed\n"""\ndef s():\n    return 1'


def compiled(compiler: Compiler, source: str, metadata: Any) -> tuple[list[str], int]:
    cell = {"cell_type": "code", "metadata": metadata, "source": source, "outputs": []}
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    notebook = reader.parse(text, PurePosixPath("a.ipynb"), "a")
    assert isinstance(notebook, Notebook)
    found = compiler.compile("a", [notebook])
    return [each.code for each in found.diagnostics], len(found.app.of(Stream))


def accepted(source: str) -> dict[str, Any]:
    return {"neutrino_lab": {"generated": {"hash": hash_of(source)}, "other": 1}}


def test_what_was_accepted_is_taken_and_what_has_changed_is_not() -> None:
    compiler = Compiler()
    about = accepted(SOURCE)
    assert compiled(compiler, SOURCE, about) == ([], 1)
    assert compiled(compiler, SOURCE.replace("1\n", "1  \n") + "\n\n", about) == ([], 1)
    changed = SOURCE.replace("return 1", "return 2")
    assert compiled(compiler, changed, about) == (["NL907"], 0)
    # The same text, once it is a person's own.
    assert compiled(compiler, changed, {}) == ([], 1)
    assert compiled(compiler, changed, accepted(changed)) == ([], 1)


@pytest.mark.parametrize(
    "metadata",
    [
        {"neutrino_lab": {"generated": {"hash": 5}}},
        {"neutrino_lab": {"generated": "x"}},
        {"neutrino_lab": []},
    ],
)
def test_metadata_of_another_form_says_nothing(metadata: Any) -> None:
    assert compiled(Compiler(), SOURCE, metadata) == ([], 1)


def test_the_fix_changes_no_text() -> None:
    cell = {"cell_type": "code", "metadata": accepted("x"), "source": SOURCE, "outputs": []}
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]})
    notebook = reader.parse(text, PurePosixPath("a.ipynb"), "a")
    [found] = Compiler().compile("a", [notebook]).diagnostics
    [fix] = found.fixes
    assert (fix.title, fix.text, fix.span.line, fix.span.end_line) == ("take it as mine", "", 2, 2)
    assert fix.span.column == fix.span.end_column
