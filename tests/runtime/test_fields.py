"""The text of a type becomes a type, and no text is ever run."""

from __future__ import annotations

import datetime
import decimal
import inspect
import uuid
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Optional

import pytest
from fastapi import Depends, Query
from pydantic import BaseModel, Field, ValidationError, create_model

from neutrino_lab.runtime import fields, spec
from neutrino_lab.runtime.fields import UnknownTypeError, hints, resolve


class Color(Enum):
    RED = "red"


class Item(BaseModel):
    name: str


KNOWN = [
    ("int", int),
    (" list[float] ", list[float]),
    ("list[dict[str, Any]]", list[dict[str, Any]]),
    ("dict[str, int] | None", dict[str, int] | None),
    ("Optional[int]", int | None),
    ("Union[int, str]", int | str),
    ("tuple[int, ...]", tuple[int, ...]),
    ("tuple[()]", tuple[()]),
    ("Literal['a', 1, -1, None, True]", Literal["a", 1, -1, None, True]),
    ("Annotated[int, str]", Annotated[int, str]),
    ("'int'", int),
    ("None", None),
    ("datetime", datetime.datetime),
    ("datetime.date", datetime.date),
    ("Decimal", decimal.Decimal),
    ("decimal.Decimal", decimal.Decimal),
    ("UUID", uuid.UUID),
    ("typing.Any", Any),
    ("collections.abc.Sequence[int]", Sequence[int]),
]


@pytest.mark.parametrize(("text", "expected"), KNOWN)
def test_known_types_need_no_import(text: str, expected: Any) -> None:
    assert resolve(text, {}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "[1]",
        "nothing",
        "int[str]",
        "list[int",
        "list[nothing]",
        "lambda: int",
        "__import__('os').system('true')",
        "os.system",
        "print",
        "(int := str)",
        "int if True else str",
        "Literal[int]",
        "Literal[1.5]",
        "typing.__builtins__",
        "__class__",
        "Item.__class__",
        "collections._abc.Sequence",
        "(int).real.x",
        "'list[nothing]'",
        "1 + 1",
        "(" * 500,
        "list[" * 300 + "int" + "]" * 300,
    ],
)
def test_what_is_not_a_type_says_so(text: str) -> None:
    with pytest.raises(UnknownTypeError, match=r"is not|is private|cannot"):
        resolve(text, {"os": __import__("os"), "print": print, "Item": Item})


def test_nothing_is_called_or_run() -> None:
    ran: list[str] = []

    class Trap:
        def __getattr__(self, name: str) -> Any:
            ran.append(name)
            return int

        def __getitem__(self, key: Any) -> Any:
            ran.append(str(key))
            return int

        def __call__(self) -> Any:
            ran.append("called")

    for text in ("trap.x", "trap[int]", "trap()", "trap | int"):
        with pytest.raises(UnknownTypeError):
            resolve(text, {"trap": Trap()})
    assert ran == []


def test_the_notebooks_own_types_come_first() -> None:
    own = {"Item": Item, "Color": Color, "date": Color, "Items": list[Item], "Maybe": Optional}
    assert resolve("list[Item]", own) == list[Item]
    assert resolve("dict[Color, Items]", own) == dict[Color, list[Item]]
    assert resolve("date", own) is Color
    assert resolve("Maybe[Item]", own) == Item | None


def test_a_module_or_a_value_of_a_types_name_does_not_hide_it() -> None:
    own = {"datetime": datetime, "list": [1, 2], "str": "text"}
    assert resolve("datetime", own) is datetime.datetime
    assert resolve("datetime.datetime", own) is datetime.datetime
    assert resolve("list[str]", own) == list[str]
    assert resolve("datetime.date", {"datetime": datetime.datetime}) is datetime.date


def defined(code: str, **names: Any) -> Callable[..., Any]:
    exec(code, names)
    function: Callable[..., Any] = names["f"]
    return function


def test_annotations_in_quotes_and_broken_ones() -> None:
    code = "def f(a: int, b: 'list[Item]', c: 'Gone' = None, d=1, e: 'Annotated[int, Q]' = 2): ..."
    function = defined(code, Item=Item, Annotated=Annotated, Q=Query(ge=1))
    found = hints(fields.signature(function).parameters.values(), function, {})
    assert {name: fields.bare(hint) for name, hint in found.items()} == {
        "a": int,
        "b": list[Item],
        "e": int,
    }


def test_constraints_stay_and_markers_go() -> None:
    stripped = fields.without_markers(Annotated[str, Depends(print), Field(max_length=3), "note"])
    assert stripped.__origin__ is str
    assert stripped.__metadata__[-1] == "note"
    with pytest.raises(ValidationError):
        create_model("Limited", it=(stripped, ...))(it="abcd")


class Point(NamedTuple):
    x: int


@pytest.mark.parametrize(
    ("hint", "is_flat"),
    [
        (int, True),
        (Any, True),
        (Color, True),
        (Literal["a"], True),
        (int | None, True),
        (list[str], True),
        (list[int] | None, True),
        (set[uuid.UUID], True),
        (Annotated[list[int], "note"], True),
        (list, True),
        (dict, False),
        (dict[str, int], False),
        (Item, False),
        (Item | None, False),
        (list[Item], False),
        (list[list[int]], False),
        (Point, False),
    ],
)
def test_what_plain_text_can_say(hint: Any, is_flat: bool) -> None:
    assert fields.is_flat(hint) is is_flat


@pytest.mark.parametrize(
    ("default", "is_literal"),
    [
        (None, True),
        ([1, "a", {"b": 2.5}], True),
        (float("nan"), False),
        ([float("inf")], False),
        (Item(name="a"), False),
        ((1, 2), False),
        ([[[[[[1]]]]]], False),
    ],
)
def test_defaults_that_may_be_written_down(default: Any, is_literal: bool) -> None:
    assert fields.is_literal(default) is is_literal


DEFAULTS = defined("def f(a, b=1, c=five, d=none, e=made): ...",
                   five=Query(5), none=Query(), made=Depends(print))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "default"), [("a", ...), ("b", 1), ("c", 5), ("d", ...), ("e", ...)]
)
def test_the_default_of_a_parameter(name: str, default: Any) -> None:
    assert fields.plain_default(inspect.signature(DEFAULTS).parameters[name]) is default


def test_a_model_keeps_the_names_that_were_declared() -> None:
    declared = tuple(spec.Field(name) for name in ("class", "_id", "schema", "a b", "plain"))
    made = fields.model("Made", declared, [int] * 5)
    given = {"class": 1, "_id": 2, "schema": 3, "a b": 4, "plain": 5}
    assert made.model_validate(given).model_dump(by_alias=True) == given


def test_a_model_fills_in_what_may_be_left_out() -> None:
    declared = (spec.Field("a"), spec.Field("b", optional=True), spec.Field("c", default=3))
    made = fields.model("Made", declared, [int, int, int])
    assert made.model_validate({"a": "1"}).model_dump() == {"a": 1, "b": None, "c": 3}


def test_safe_names_are_never_taken() -> None:
    taken: dict[str, int] = {}
    made: Callable[[str], str] = lambda name: fields.safe_name(name, taken)  # noqa: E731
    for name in ("x", "x", "class", "json", "_", "é", "a-b", "9-a", "²"):
        taken[made(name)] = 1
    assert all(each.isidentifier() for each in taken)
    assert list(taken) == [
        *("x", "x_2", "class_2", "json_2", "value_2", "é", "a_b_2", "value_9_a_2", "value_3")
    ]
