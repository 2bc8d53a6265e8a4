"""What reading a body may cost: few errors, none of them long, and no members that share a hash."""

from __future__ import annotations

from typing import Any

import pytest

from neutrino_lab.runtime import validation
from tests.served import Served, app_of, cell

MODELS = """
from decimal import Decimal
from typing import Literal
from uuid import UUID
from pydantic import BaseModel

class Row(BaseModel):
    a: int
"""
KINDS = {
    "rows": "list[Row]",
    "set": "set[int]",
    "texts": "set[str]",
    "pairs": "set[tuple[int, int]]",
    "ids": "set[UUID]",
    "decimals": "set[Decimal]",
    "keys": "dict[int, int]",
    "named": "dict[str, set[int]]",
}
MANY = 1_500
PRIME = 2**61 - 1
COLLIDING = [n * PRIME for n in range(1, MANY)]
IDS = [f"{n * PRIME:032x}" for n in range(1, MANY)]


@pytest.fixture(scope="module")
def app() -> Served:
    return app_of(
        *(
            cell(f"POST /{name}", f"def post_{name}(x): return len(x)", body=f"x:{kind}")
            for name, kind in KINDS.items()
        ),
        setup=MODELS,
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("set", COLLIDING),
        ("set", [*map(str, COLLIDING)]),
        ("pairs", [[0, each] for each in COLLIDING]),
        ("ids", IDS),
        ("decimals", [f"{each}.0" for each in COLLIDING]),
        ("keys", dict.fromkeys(map(str, COLLIDING), 1)),
        ("named", {"a": [1], "b": COLLIDING}),
    ],
)
def test_members_that_share_a_hash_are_refused(app: Served, kind: str, value: Any) -> None:
    found = app(f"POST /{kind}", json={"x": value})
    assert (found.status, [each["type"] for each in found.json()["detail"]]) == (
        422,
        ["collision"],
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("set", [*range(MANY)]),
        ("set", [1] * MANY),
        ("texts", [f"x{each}" for each in COLLIDING]),
        ("ids", [f"{n:032x}" for n in range(MANY)]),
        ("keys", {str(n): n for n in range(MANY)}),
        ("named", {str(n): [n] for n in range(MANY)}),
        ("set", COLLIDING[:50]),
    ],
)
def test_members_that_happen_to_be_many_are_not(app: Served, kind: str, value: Any) -> None:
    found = app(f"POST /{kind}", json={"x": value})
    assert (found.status, found.json()) == (200, len({str(each) for each in value}))


@pytest.mark.parametrize("count", [validation.MOST_ERRORS, 60, validation.MOST_READ + 1])
def test_few_of_many_errors_are_told_with_their_number(app: Served, count: int) -> None:
    found = app("POST /rows", json={"x": [{"a": "no"}] * count})
    told = found.json()
    assert (found.status, told.get("total", 0)) == (422, count * (count > validation.MOST_ERRORS))
    assert [(each["loc"], each["type"]) for each in told["detail"]] == [
        (["body", "x", n, "a"], "int_parsing") for n in range(min(count, validation.MOST_ERRORS))
    ]


def test_what_was_sent_is_told_where_it_is_short(app: Served) -> None:
    rows = [{"a": "x" * 100}, {"a": "x" * 2000}, {"b": [[0] * 200]}, {"a": {"b": b"".hex()}}]
    found = app("POST /rows", json={"x": rows}).json()["detail"]
    assert ["input" in each for each in found] == [True, False, False, True]


def test_a_large_body_is_validated_as_a_small_one(app: Served) -> None:
    padding = [{"a": n, "more": "x" * 1000} for n in range(validation.LARGE_BYTES // 1000)]
    assert app("POST /rows", json={"x": padding}).json() == len(padding)
    found = app("POST /rows", json={"x": [*padding, {"a": "no"}]})
    [told] = found.json()["detail"]
    assert (found.status, told["loc"], told["type"]) == (
        422,
        ["body", "x", len(padding), "a"],
        "int_parsing",
    )
