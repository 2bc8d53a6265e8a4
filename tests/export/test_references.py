"""What the variables of a notebook stand for in its saved examples."""

from __future__ import annotations

from typing import Any

import pytest

from neutrino_lab.export import references

KNOWN = {"city": "Århus", "quote": 'a "b"\n', "n": "3"}


# src/model/preview/__tests__/variables.spec.ts has the same.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("to {{city}}, {{ city }}", "to Århus, Århus"),
        ('{"a": "{{quote}}", "n": {{n}}}', '{"a": "a \\"b\\"\\n", "n": 3}'),
        ('["{{n}}", "\\"{{n}}"]', '["3", "\\"3"]'),
        ("{{quote}}", 'a "b"\n'),
        ("{{gone}} {{api_key}} {{}} {n}", "{{gone}} {{api_key}} {{}} {n}"),
        ('{"x": 1.0, "y": 1e400}', '{"x": 1.0, "y": 1e400}'),
    ],
)
def test_a_body_is_filled(text: str, expected: str) -> None:
    assert references.fill_body(text, KNOWN) == expected


def test_values_are_filled_however_deep() -> None:
    values = {"query": {"n": "{{n}}", "{{n}}": 1.5}, "body": [{"to": "{{city}}!"}, None]}
    assert references.fill(values, KNOWN) == {
        "query": {"n": "3", "{{n}}": 1.5},
        "body": [{"to": "Århus!"}, None],
    }


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"variables": {"city": "Oslo", "n": 3}}, {"base": "http://localhost", "city": "Oslo"}),
        ({"variables": {"base": "http://x"}}, {"base": "http://x"}),
        ({"variables": ["city"]}, {"base": "http://localhost"}),
        ({}, {"base": "http://localhost"}),
    ],
)
def test_variables_are_read_from_whatever_is_found(own: Any, expected: dict[str, str]) -> None:
    assert references.variables(own) == expected
