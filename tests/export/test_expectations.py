"""What an example expects of its answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from neutrino_lab.export.expectations import Expectation, PathError, read, value_at

ANSWER = {"items": [{"a b": 1}, {"name": "x", "n": 2.0, "ok": True}], "": None}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", ANSWER),
        ("$.items[1].name", "x"),
        ("items[1].n", 2.0),
        ('$.items[0]["a b"]', 1),
        ('$[""]', None),
    ],
)
def test_a_value_is_found_by_its_path(path: str, found: Any) -> None:
    assert value_at(ANSWER, path) == found


@pytest.mark.parametrize("path", ["$.items[2]", "$.items.name", "$[0]", "$.items[0].x", "$.no.x"])
def test_what_is_not_there_is_not_found(path: str) -> None:
    with pytest.raises(LookupError):
        value_at(ANSWER, path)


@pytest.mark.parametrize("path", ["$.", "$items", "$[x]", "$.a..b", "$.a[", '$["a]'])
def test_what_is_no_path_is_told(path: str) -> None:
    with pytest.raises(PathError):
        value_at({"a": {"b": 1}}, path)


@pytest.mark.parametrize(
    ("expected", "status", "error"),
    [
        (Expectation(status=200), 200, ""),
        (Expectation(status=404), 404, ""),
        (Expectation(status=404), 200, "the status is 200, 404 was expected"),
        (Expectation(path="$.items[1].n", equals=2), 200, ""),
        (Expectation(path="$.items[1].ok", equals=1), 200, "$.items[1].ok is true, 1 was expected"),
        (Expectation(path="$.items[1].n", equals=2), 500, "the status is 500"),
        (Expectation(path="$.x", equals=2), 200, "the answer has nothing at $.x"),
        (
            Expectation(path="$.", equals=2),
            200,
            "$. is no place: write one as $.items[0].name",
        ),
    ],
)
def test_an_answer_is_judged(expected: Expectation, status: int, error: str) -> None:
    assert expected.error(status, json.dumps(ANSWER)) == error


def test_an_answer_that_is_no_json_has_no_value() -> None:
    assert Expectation(path="$.a", equals=1).error(200, "<p>") == "the answer is no JSON"


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        ({"status": 201}, Expectation(201)),
        ({"path": "$.a", "equals": [1]}, Expectation(0, "$.a", [1])),
        ({}, None),
        ("x", None),
        ({"status": "200"}, None),
        ({"status": True}, None),
        ({"status": 200, "path": 3}, None),
    ],
)
def test_an_expectation_is_read_from_whatever_is_found(
    saved: object, expected: Expectation | None
) -> None:
    assert read(saved) == expected
