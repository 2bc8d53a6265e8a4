"""The front end's copy of the wire types is the one that the models generate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel

from neutrino_lab.lab import protocol
from neutrino_lab.lab.protocol.base import Message
from neutrino_lab.lab.typescript import _interface, render

COMMITTED = Path(__file__).parents[2] / "src" / "protocol" / "index.ts"


def test_the_committed_file_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == render(), (
        "run: python -m neutrino_lab.lab.typescript > src/protocol/index.ts"
    )


def test_every_message_is_in_it() -> None:
    text = render()
    written = re.findall(r"^export (?:interface|type) (\w+)", text, re.MULTILINE)
    models = [each.__name__ for each in subclasses(Message)]
    assert sorted(written) == sorted(models)


def subclasses(of: type[Message]) -> Iterator[type[Message]]:
    """Walk the messages of the protocol; others are made of the same base."""
    for each in of.__subclasses__():
        if each.__module__.startswith(protocol.__name__):
            yield each
        yield from subclasses(each)


def test_only_a_request_may_leave_something_out() -> None:
    text = render()
    request = text.partition("export interface ServeRequest {")[2].partition("}")[0]
    answer = text.partition("export interface ServedEvent {")[2].partition("}")[0]
    assert "readonly trusted?: boolean;" in request
    assert "readonly served: Served | null;" in answer


def test_words_become_a_union_that_prettier_leaves_alone() -> None:
    class Sample(BaseModel):
        word: Literal["a", "it's"]
        long: Literal[
            "a-very-long-word", "another-very-long-word", "a-third-very-long-word", "a-fourth"
        ]

    assert "".join(_interface("Sample", Sample.model_json_schema(), ["word"])) == (
        "export interface Sample {\n"
        "  readonly word: 'a' | \"it's\";\n"
        "  readonly long?:\n"
        "    | 'a-very-long-word'\n"
        "    | 'another-very-long-word'\n"
        "    | 'a-third-very-long-word'\n"
        "    | 'a-fourth';\n"
        "}\n"
    )


def test_a_shape_without_a_type_is_refused() -> None:
    class Pair(BaseModel):
        both: tuple[int, str]

    with pytest.raises(TypeError, match="no TypeScript type"):
        list(_interface("Pair", Pair.model_json_schema(), ["both"]))
