"""Requests made of what an endpoint takes: ordinary ones, and odd ones as callers do send them.

Each is an object as the examples of a notebook are: `path`, `query`, `headers`, `body`, and
`message` for what is sent through a WebSocket.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neutrino_lab.runtime.arguments import Input, InputPlace

ORDINARY = 3
_DEEPEST = 4
_PARTS: Mapping[InputPlace, str] = {
    "path": "path",
    "query": "query",
    "header": "headers",
    "body": "body",
    "message": "message",
}
_TEXTS = ("a", "hello", "Zoë 42")
_NUMBERS = (3, 1, 10)
_FORMATS = {
    "date": "2026-01-15",
    "date-time": "2026-01-15T12:00:00Z",
    "time": "12:00:00",
    "uuid": "6f1f4f2c-5b1d-4e0a-9f1e-3f1f4f2c5b1d",
    "email": "a@example.org",
    "uri": "https://example.org/",
}
_ODD: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "integer": (("zero", 0), ("negative", -1), ("huge", 10**30), ("text", "x")),
    "number": (("zero", 0), ("negative", -1.5), ("huge", 1e300), ("text", "x")),
    "string": (("empty", ""), ("of many characters", "x" * 5_000), ("no letter", "☃\n\t\"'")),
    "array": (("empty", []), ("of one", [0]), ("no list", 5)),
    "object": (("empty", {}), ("no object", [1])),
}


def ordinary(inputs: Sequence[Input]) -> tuple[dict[str, Any], ...]:
    """Make some requests as they are meant; one where nothing is taken."""
    return tuple(_request(inputs, n) for n in range(ORDINARY if inputs else 1))


def odd(inputs: Sequence[Input]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Make requests of which one value each is missing, null, empty, huge or of another type."""
    plain = _request(inputs, 0)
    for each in inputs:
        part = _PARTS.get(each.place)
        if part is None or each.place == "path":
            continue
        if each.name:
            without = copy.deepcopy(plain)
            without.get(part, {}).pop(each.name, None)
            yield f"`{each.name}` is missing", without
        oddities = [*_ODD.get(_kind(each.schema), ())]
        if each.place in ("body", "message"):
            oddities.insert(0, ("null", None))
        for about, value in oddities:
            changed = copy.deepcopy(plain)
            if each.name:
                changed.setdefault(part, {})[each.name] = value
            else:
                changed[part] = value
            yield f"`{each.name or part}` is {about}", changed


def _request(inputs: Sequence[Input], n: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for each in inputs:
        part = _PARTS.get(each.place)
        if part is None:
            continue  # files and forms are not made up
        value = _value(each.schema, each.schema, n)
        if each.default is not None and n == 0:
            value = each.default
        if each.name:
            made.setdefault(part, {})[each.name] = value
        else:
            made[part] = value
    return made


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], n: int, depth: int = 0) -> Any:
    """Make a value of a JSON Schema, the `n`th of some."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        schema = root.get("$defs", {}).get(name, {})
    chosen = schema.get("enum") or schema.get("examples") or ()
    if "const" in schema:
        chosen = [schema["const"]]
    if chosen:
        return chosen[n % len(chosen)]
    if schema.get("anyOf"):
        return _value(schema["anyOf"][0], root, n, depth)
    kind = _kind(schema)
    if kind == "array":
        count = max(schema.get("minItems", 0), ORDINARY if depth < _DEEPEST else 0)
        items = _schema(schema.get("items"))
        return [_value(items, root, n + index, depth + 1) for index in range(count)]
    if kind == "object":
        named = schema.get("properties") or {"a": _schema(schema.get("additionalProperties"))}
        named = named if depth < _DEEPEST else {}
        return {name: _value(each, root, n, depth + 1) for name, each in named.items()}
    return _scalar(kind, schema, n)


def _scalar(kind: str, schema: Mapping[str, Any], n: int) -> Any:
    if kind in ("integer", "number"):
        lowest = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return max(_NUMBERS[n % 3] + (0.5 if kind == "number" else 0), lowest)
    if kind == "boolean":
        return n % 2 == 0
    return _FORMATS.get(str(schema.get("format")), _TEXTS[n % len(_TEXTS)])


def _schema(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "")
    return str(kind[0] if isinstance(kind, list) and kind else kind)
