"""What the server says can be said in the reader's language."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.lab import serialize
from neutrino_lab.lab.catalogue import render, templates
from neutrino_lab.lab.protocol.base import Diagnostic, Wording
from neutrino_lab.notebook.wording import Worded, quote, say
from tests.declare.conftest import build
from tests.declare.test_findings import CASES

COMMITTED = Path(__file__).parents[2] / "src" / "protocol" / "wording.ts"


def put_together(wording: Wording) -> str:
    """As the front end does it."""

    def put(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0][0]
        value = wording.arguments[match[1]]
        return put_together(value) if isinstance(value, Wording) else value

    return re.sub(r"\{\{|\}\}|\{(\w+)\}", put, wording.template)


def wordings(found: list[Diagnostic]) -> Iterator[tuple[str, Wording | None]]:
    for each in found:
        yield each.message, each.message_wording
        yield each.hint, each.hint_wording
        yield from ((fix.title, fix.title_wording) for fix in each.fixes)


def test_the_committed_file_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == render(), (
        "run: python -m neutrino_lab.lab.catalogue > src/protocol/wording.ts"
    )


def test_every_finding_is_its_template_with_its_arguments() -> None:
    known = {*templates()}
    for cells, _ in [case[1:] for case in CASES]:
        for text, wording in wordings(
            serialize.diagnostics(Compiler().compile("app", [build(*cells)]).diagnostics)
        ):
            if wording is not None:
                assert put_together(wording) == text
                assert wording.template in known


def test_a_wording_holds_those_of_its_arguments() -> None:
    where = say("cell {cell}", cell=3)
    text = say("`{name}` needs `{{id}}` in {where}: {why}", name="a", where=where, why=quote("{x}"))
    assert text == "`a` needs `{id}` in cell 3: {x}"
    assert serialize.wording(text) == Wording(
        template="`{name}` needs `{{id}}` in {where}: {why}",
        arguments={
            "name": "a",
            "where": Wording(template="cell {cell}", arguments={"cell": "3"}),
            "why": "{x}",
        },
    )
    assert serialize.wording(quote("no `{template}`")) is None


@pytest.mark.parametrize("text", [say("{name} or {name}", name="a"), quote("b")])
def test_a_wording_survives_the_way_to_another_process(text: Worded) -> None:
    copy = pickle.loads(pickle.dumps(text))
    assert (copy, copy.template, copy.arguments) == (text, text.template, text.arguments)
