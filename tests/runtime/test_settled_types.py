"""Which types mean the same from one version to the next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar

import numpy as np
import pytest
from annotated_types import Ge
from numpy.typing import NDArray
from pydantic import BaseModel

from neutrino_lab.runtime.array_types import readable
from neutrino_lab.runtime.fields import resolve
from neutrino_lab.runtime.settled_types import UnsettledError, identity

T = TypeVar("T")


class Colour(Enum):
    RED = 1


class Item(BaseModel):
    n: int


class Lacking(BaseModel):
    later: Later  # type: ignore[name-defined]  # noqa: F821 - it names what there is not yet


class Own(BaseModel):
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(source)


class OwnColour(Enum):
    RED = 1

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(int)


@dataclass
class Record:
    n: int


class Box(Generic[T]):
    pass


WRITTEN = (
    *("int", "str", "Any", "date", "object", "list", "list[int]", "List[int]", "list[Any]"),
    *("dict[str, list[int]]", "Sequence[int]", "Optional[int]", "Union[int, str]"),
    *("Union[str, int]", "tuple", "Tuple", "Tuple[()]", "tuple[int, ...]", "tuple[int]"),
    *(
        "Literal[1]",
        "Literal[True]",
        "Literal['1']",
        "Item",
        "Colour",
        "list[Item]",
        "list[Colour]",
    ),
)

SETTLED: list[Any] = [
    *(resolve(text, globals()) for text in WRITTEN),
    *(type(None), Literal[Colour.RED], readable(complex), readable(np.ndarray), np.ndarray),
    *(readable(NDArray[np.float64]), readable(NDArray[np.int64]), tuple[()]),
]


@pytest.mark.parametrize("hint", SETTLED)
def test_types_that_are_told_apart(hint: Any) -> None:
    alike = [each for each in SETTLED if identity(each) == identity(hint)]
    assert alike == [hint]


def test_arrays_are_read_alike_where_their_types_are_one() -> None:
    first, second = (readable(list[np.ndarray]) for _ in range(2))
    assert (first == second, identity(first) == identity(second)) == (False, True)


@pytest.mark.parametrize(
    "hint",
    [Lacking, Own, OwnColour, Record, Box[int], NewType("Id", int), T, list[Record], "Item",
     Annotated[int, Ge(1)], Record | None, int | Lacking],
)  # fmt: skip
def test_types_that_may_mean_something_else_the_next_time(hint: Any) -> None:
    with pytest.raises(UnsettledError):
        identity(hint)


def test_a_model_that_is_made_again_in_place_is_another() -> None:
    class Changing(BaseModel):
        n: int

    before = identity(Changing)
    assert identity(Changing) == before
    Changing.model_rebuild(force=True)
    assert identity(Changing) != before
