"""Arrays, frames and complex numbers as parameters, read from the form of results."""

from __future__ import annotations

from typing import Any

import pytest

from neutrino_lab.runtime.errors import EndpointError
from tests.served import app_of, cell

# `Array` is what NDArray is since numpy 2.5, `Tree` is made of itself.
SETUP = """
import numpy as np
import numpy.typing as npt
import pandas as pd
from typing import Annotated, Any, Optional, TypeVar
from pydantic import Field
from typing_extensions import TypeAliasType

T = TypeVar("T")
Array = TypeAliasType("Array", np.ndarray[Any, np.dtype[T]], type_params=(T,))
Floats = TypeAliasType("Floats", Array[np.float32])
Tree = TypeAliasType("Tree", "dict[str, Tree] | int")
"""


def posted(annotation: str, result: str, value: Any, declared: str = "x") -> tuple[int, Any]:
    """What a function of one parameter makes of a body."""
    served = app_of(
        cell("POST /x", f"def f(x: {annotation}):\n    return {result}", body=declared), setup=SETUP
    )
    answer = served("POST /x", json={"x": value})
    assert served("GET /openapi.json").status == 200
    return answer.status, answer.json()


@pytest.mark.parametrize(
    ("annotation", "result", "value", "expected"),
    [
        ("np.ndarray", "float(x.mean())", [1, 2], 1.5),
        ("np.ndarray", "x.shape", [[1, 2], [3, 4]], [2, 2]),
        ("np.ndarray", "float(np.nansum(x))", [1, None], 1.0),
        ("np.ndarray", "float(x.imag.sum())", [{"real": 1, "imag": 2}], 2.0),
        ("np.ndarray", "x", [1.5, 2.5], [1.5, 2.5]),
        ("'np.ndarray'", "x.ndim", [1], 1),
        ("npt.NDArray[np.float32]", "str(x.dtype)", [1], "float32"),
        ("Array[np.float32]", "str(x.dtype)", [1], "float32"),
        ("list[Array]", "str(x[0].dtype)", [[1]], "int64"),
        ("Floats", "str(x.dtype)", [1], "float32"),
        ("Tree", "x", {"a": {"b": 1}}, {"a": {"b": 1}}),
        ("Optional[np.ndarray]", "x is None", None, True),
        ("Annotated[np.ndarray, Field(description='a')]", "x.ndim", [1], 1),
        ("dict[str, np.ndarray]", "{k: v.sum() for k, v in x.items()}", {"a": [1, 2]}, {"a": 3}),
        ("np.float64", "type(x).__name__", 1, "float64"),
        ("pd.DataFrame", "list(x.columns)", [{"a": 1, "b": 2}], ["a", "b"]),
        ("pd.DataFrame", "x", {"a": [1, 2]}, [{"a": 1}, {"a": 2}]),
        ("pd.Series", "x.sum()", [1, 2], 3),
        ("pd.Series", "x['b']", {"a": 1, "b": 2}, 2),
        ("pd.Timestamp", "x.isoformat()", "2024-05-01", "2024-05-01T00:00:00"),
        ("pd.Timestamp | None", "x is None", None, True),
        ("pd.Timedelta", "x.total_seconds()", 90, 90.0),
        ("pd.Timedelta", "x.total_seconds()", "1 day", 86400.0),
        ("pd.Index", "len(x)", [1, 2], 2),
        ("pd.DatetimeIndex", "x[0].year", ["2024-05-01"], 2024),
        ("complex", "x * 1j", {"real": 1, "imag": 2}, {"real": -2.0, "imag": 1.0}),
        ("complex", "x.real", 1.5, 1.5),
    ],
)
def test_they_are_read(annotation: str, result: str, value: Any, expected: Any) -> None:
    assert posted(annotation, result, value) == (200, expected)


def test_declared_types_are_read_too() -> None:
    assert posted("list", "float(x.mean())", [1, 2], "x:np.ndarray") == (200, 1.5)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        ("np.ndarray", "text"),
        ("np.ndarray", [[1], [1, 2]]),
        ("npt.NDArray[np.float64]", ["a"]),
        ("np.float64", "a"),
        ("np.float64", [1]),
        ("pd.DataFrame", [1, 2]),
        ("pd.DataFrame", {"a": 1}),
        ("pd.Series", 1),
        ("pd.Timestamp", "soon"),
        ("pd.Timestamp", None),
        ("pd.Timedelta", True),
        ("pd.Index", 1),
        ("complex", {"real": "a", "imag": 1}),
        ("complex", "a"),
    ],
)
def test_what_they_cannot_be_made_of_is_refused(annotation: str, value: Any) -> None:
    status, body = posted(annotation, "1", value)
    assert (status, body["detail"][0]["loc"]) == (422, ["body", "x"])


# Python tells what `type Later = list[Missing]` stands for when it is asked.
LATER = """
class Later:
    __type_params__ = ()
    @property
    def __value__(self): return [Missing]
"""


def test_an_alias_of_what_there_is_not_is_a_mistake_of_the_endpoint() -> None:
    with pytest.raises(EndpointError, match="`x`"):
        app_of(cell("POST /x", "def f(x: Later()): ...", body="x"), setup=LATER)
