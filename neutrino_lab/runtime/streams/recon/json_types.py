"""Recon's values ↔ the dicts and lists that JSON has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .values import Attr, Record, Slot, Value
from .writer import write


def plain(value: Value) -> Any:
    """Turn a value into JSON's types: values alone are a list, everything else is a dict.

    An attribute is the key `@name`; a value among slots is known by its place, `$0`. Of two slots
    with one key the last counts. Bytes stay bytes.
    """
    if not isinstance(value, Record):
        return value
    if not value.attrs and value.items and not any(isinstance(i, Slot) for i in value.items):
        return [plain(each) for each in value.items]  # type: ignore[arg-type]
    made: dict[str, Any] = {f"@{attr.name}": plain(attr.value) for attr in value.attrs}
    for place, item in enumerate(value.items):
        if isinstance(item, Slot):
            made[item.key if isinstance(item.key, str) else write(item.key)] = plain(item.value)
        else:
            made[f"${place}"] = plain(item)
    return made


def record(content: Any) -> Value:
    """Turn JSON's types into a value; a key `@name` becomes an attribute. Raises TypeError."""
    if isinstance(content, Mapping):
        names = {key for key in content if isinstance(key, str) and key[:1] == "@"}
        return Record(
            tuple(Attr(key[1:], record(content[key])) for key in content if key in names),
            tuple(Slot(key, record(each)) for key, each in content.items() if key not in names),
        )
    if isinstance(content, list | tuple):
        return Record(items=tuple(record(each) for each in content))
    if content is None or isinstance(content, bool | int | float | str | bytes):
        return content
    raise TypeError(f"{type(content).__name__} has no form in Recon")
