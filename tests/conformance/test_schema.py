"""Requests made from the OpenAPI of the corpus apps: whatever is sent, no answer is a 500."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis

from neutrino_lab.declare.compiler import Compiler
from neutrino_lab.runtime.app import create_app
from neutrino_lab.runtime.program import Program
from neutrino_lab.serve.revision import read_revision

CORPUS = Path(__file__).parent / "corpus"


def app_of(name: str) -> object:
    revision = read_revision(CORPUS / name, Compiler())
    program = Program()
    program.update(revision.app, revision.cells())
    return create_app(revision.app, program).asgi


schema = schemathesis.openapi.from_asgi("/openapi.json", app_of("http_more.ipynb"))


@pytest.mark.filterwarnings("ignore")
@schema.parametrize()
@hypothesis.settings(max_examples=25, deadline=None, derandomize=True)
def test_http_more(case: schemathesis.Case[Any]) -> None:
    if case.path == "/api/order" and isinstance(case.body, dict):
        hypothesis.assume(case.body.get("sku") != "boom")  # which raises on purpose
    response = case.call()
    assert response.status_code < 500, response.text
