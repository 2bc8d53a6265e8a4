"""The text of main.py: the App as a literal that a person could have written by hand."""

from __future__ import annotations

import math
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any

from neutrino_lab.notebook.memory import remembered_of_same
from neutrino_lab.runtime.spec import App, Endpoint, Field

WIDTH = 100

_MAIN = '''\
"""A service made from notebooks by `neutrino build`; build again rather than edit.

`APP` says what is served. The notebooks' own code stands in cells/, what serves it in runtime/.
Run it with `uvicorn main:app`; the README says how it answers fastest.
"""

from pathlib import Path

from runtime import {names}

APP = {app}

service = create_app(APP, load(APP, Path(__file__).parent / "cells"))
app = service.asgi
'''


@dataclass(frozen=True, slots=True)
class _Group:
    """Something with brackets: laid out on one line, or one item a line where that is too long."""

    opening: str
    items: tuple[str | _Group, ...]
    closing: str
    spread: bool = False

    def flat(self) -> str:
        inside = ", ".join(i if isinstance(i, str) else i.flat() for i in self.items)
        # A tuple of one item needs its comma.
        comma = "," if self.closing == ")" and self.opening.endswith("=(") else ""
        return self.opening + inside + (comma if len(self.items) == 1 else "") + self.closing

    def lines(self, indent: int) -> str:
        if not self.items or not self.spread:
            flat = self.flat()
            if not self.items or indent + len(flat) + 1 <= WIDTH:
                return flat
        inner = " " * (indent + 4)
        laid = (i if isinstance(i, str) else i.lines(indent + 4) for i in self.items)
        body = "".join(f"{inner}{each},\n" for each in laid)
        return f"{self.opening}\n{body}{' ' * indent}{self.closing}"


def main_source(app: App) -> str:
    """Write main.py for an app; running it makes an equal App."""
    used = {type(endpoint).__name__ for endpoint in app.endpoints} | {"App", "create_app", "load"}
    if any(endpoint.declared for endpoint in app.endpoints):
        used.add("Field")
    endpoints = _Group("endpoints=(", tuple(map(_laid, app.endpoints)), ")", spread=True)
    items = [f"title={text(app.title)}"]
    if app.description:
        items.append(f"description={_lines(app.description)}")
    modules = _Group("modules=(", tuple(map(text, app.modules)), ")")
    literal = _Group("App(", (*items, modules, endpoints), ")", spread=True)
    return _MAIN.format(names=", ".join(sorted(used)), app=literal.lines(0))


@remembered_of_same
def _laid(endpoint: Endpoint) -> str:
    """An endpoint as it stands in main.py, two levels deep."""
    return _call(endpoint).lines(8)


def text(value: str) -> str:
    """Write a string literal, in double quotes where that needs no escapes."""
    plain = repr(value)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain else plain


def _lines(value: str) -> str:
    """Write a long text with one literal for each of its lines."""
    lines = value.splitlines(keepends=True)
    if len(lines) < 2:
        return text(value)
    return "(\n" + "".join(f"        {text(line)}\n" for line in lines) + "    )"


def literal(value: Any) -> str:
    """Write a value of JSON's types as a Python literal."""
    match value:
        case str():
            return text(value)
        case float() if math.isinf(value):
            return "1e999" if value > 0 else "-1e999"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    return repr(value)


def _call(value: Endpoint | Field) -> _Group:
    """A constructor with the arguments that differ from their defaults."""
    positional, named = _parameters(type(value))  # type: ignore[arg-type] # a class is hashable
    items: list[str | _Group] = [
        literal(getattr(value, name))
        for name in positional
        if not (name == "type" and not getattr(value, name))
    ]
    for name, default in named:
        content = getattr(value, name)
        if _is_default(content, default):
            continue
        if isinstance(content, tuple):
            items.append(_Group(f"{name}=(", tuple(map(_call, content)), ")"))
        else:
            items.append(f"{name}={literal(content)}")
    return _Group(f"{type(value).__name__}(", tuple(items), ")")


def _is_default(content: Any, default: Any) -> bool:
    return type(content) is type(default) and bool(content == default)


@cache
def _parameters(kind: type[Any]) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """What stands first, without its name: all that has to be said, but for the cell's number. And
    the others, with their defaults."""
    listed = fields(kind)
    required = [each.name for each in listed if each.default is MISSING and each.name != "cell"]
    positional = ("name", "type") if issubclass(kind, Field) else tuple(required)
    named = ((each.name, each.default) for each in listed if each.name not in positional)
    return positional, tuple(named)
