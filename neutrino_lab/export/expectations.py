"""What an example expects of its answer: a status, or the value at a place of its JSON.

Kept with the example as `expect`, an object of `status` and, for a place, `path`
(`$.items[0].name`) and `equals`, any JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]"'\s]+) | \[(?P<index>\d+)\] | \[(?P<text>"(?:[^"\\]|\\.)*")\]""",
    re.VERBOSE,
)
_SHOWN_CHARACTERS = 200


class PathError(ValueError):
    """A place that nobody can look at, since it is not written as one."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`status` 0 stands for any that tells of success; without a `path` no value is looked at."""

    status: int = 0
    path: str = ""
    equals: Any = None

    def error(self, status: int, text: str) -> str:
        """Say what is not as expected; empty where all is."""
        if self.status and status != self.status:
            return f"the status is {status}, {self.status} was expected"
        if not self.status and not 200 <= status < 400:
            return f"the status is {status}"
        return self._error_of_value(text) if self.path else ""

    def _error_of_value(self, text: str) -> str:
        try:
            found = value_at(json.loads(text), self.path)
        except PathError as error:
            return str(error)
        except ValueError:
            return "the answer is no JSON"
        except LookupError:
            return f"the answer has nothing at {self.path}"
        # True is no 1 in JSON.
        if _written(found) == _written(self.equals):
            return ""
        return f"{self.path} is {_shown(found)}, {_shown(self.equals)} was expected"


def read(saved: object) -> Expectation | None:
    """Read what was kept; None where nothing is expected, or it makes no sense."""
    if not isinstance(saved, dict):
        return None
    status, path = saved.get("status", 0), saved.get("path", "")
    if isinstance(status, bool) or not isinstance(status, int) or not isinstance(path, str):
        return None
    return Expectation(status, path, saved.get("equals")) if status or path else None


def value_at(document: Any, path: str) -> Any:
    """Find a value. Raises LookupError where there is none, and PathError."""
    for step in _steps(path):
        if isinstance(document, list):
            # A list is no dictionary whose keys are numbers.
            document = dict(enumerate(document)) if isinstance(step, int) else {}
        elif not isinstance(document, dict) or isinstance(step, int):
            document = {}
        document = document[step]
    return document


def _steps(path: str) -> Iterator[str | int]:
    at = 1 if path.startswith("$") else 0
    if not at:
        path = path if path.startswith("[") else f".{path}"
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise PathError(f"{path} is no place: write one as $.items[0].name")
        at = step.end()
        index, text = step["index"], step["text"]
        yield int(index) if index else json.loads(text) if text else str(step["name"])


def _written(value: Any) -> str:
    """The same text for the same JSON, 1 and 1.0 among it."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
