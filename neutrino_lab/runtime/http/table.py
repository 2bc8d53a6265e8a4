"""Which endpoint a path is: found at once, however many there are.

FastAPI tries its routes one after the other. This table gives the same answer, or none where only
trying tells: a path that matches no route, another method, a pattern within a segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from starlette.convertors import StringConvertor
from starlette.routing import BaseRoute, Route

T = TypeVar("T")

_PARAMETER = re.compile(r"\{(\w+)(?::str)?\}")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    """One route: its place in the order, the names in its path, what stands behind it."""

    order: int
    names: tuple[str, ...]
    found: T | None


@dataclass(frozen=True, slots=True)
class _Form(Generic[T]):
    """Routes whose values stand at the same places, by the text at the other places."""

    fixed: tuple[int, ...]
    open: tuple[int, ...]
    entries: dict[tuple[str, ...], _Entry[T]] = field(default_factory=dict)

    def find(self, segments: list[str]) -> _Entry[T] | None:
        entry = self.entries.get(tuple([segments[at] for at in self.fixed]))
        # A value is never empty.
        return entry if entry and all(segments[at] for at in self.open) else None

    def values(self, segments: list[str], names: tuple[str, ...]) -> Mapping[str, str]:
        return dict(zip(names, [segments[at] for at in self.open], strict=True))


class Table(Generic[T]):
    """Routes of an app, in the order in which FastAPI tries them, and what answers instead: the
    `compiled` of a route. `find` gives None wherever FastAPI has to be asked."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._exact: dict[tuple[str, str], T | None] = {}
        self._forms: dict[tuple[str, int], list[_Form[T]]] = {}
        # Routes whose paths are not made of whole segments, by method, with their order.
        self._others: list[tuple[int, frozenset[str], re.Pattern[str]]] = []
        for order, route in enumerate(routes):
            if isinstance(route, Route):
                self._add(order, route, getattr(route, "compiled", None))

    def find(self, method: str, path: str) -> tuple[T, Mapping[str, str]] | None:
        """Give what answers, and the values of the path."""
        try:
            exact = self._exact[method, path]
        except KeyError:
            pass
        else:
            return None if exact is None else (exact, _NONE)
        if path.endswith("\n"):
            return None  # a pattern's `$` matches before it
        segments = path.split("/")
        first = self._first(method, segments)
        if first is None:
            return None
        form, entry = first
        if entry.found is None or self._is_taken(entry.order, method, path):
            return None
        return entry.found, form.values(segments, entry.names)

    def _first(self, method: str, segments: list[str]) -> tuple[_Form[T], _Entry[T]] | None:
        """Give the route that is tried first of those that match."""
        first = None
        for form in self._forms.get((method, len(segments)), ()):
            entry = form.find(segments)
            if entry is not None and (first is None or entry.order < first[1].order):
                first = form, entry
        return first

    def _is_taken(self, order: int, method: str, path: str) -> bool:
        """Whether a route that is tried before matches too."""
        return any(
            earlier < order and method in methods and pattern.match(path)
            for earlier, methods, pattern in self._others
        )

    def _add(self, order: int, route: Route, found: T | None) -> None:
        methods = frozenset(route.methods or ())
        segments = route.path.split("/")
        marks = [_PARAMETER.fullmatch(segment) for segment in segments]
        is_whole = all(mark or "{" not in text for mark, text in zip(marks, segments, strict=True))
        if not is_whole or not all(
            isinstance(each, StringConvertor) for each in route.param_convertors.values()
        ):
            self._others.append((order, methods, route.path_regex))
            return
        names = tuple(mark[1] for mark in marks if mark)
        for method in methods:
            if names:
                entry = _Entry(order, names, found)
                fixed = tuple(at for at, mark in enumerate(marks) if not mark)
                form = self._form(method, len(segments), fixed)
                form.entries.setdefault(tuple(segments[at] for at in fixed), entry)
            elif not self._is_shadowed(order, method, route.path):
                self._exact.setdefault((method, route.path), found)

    def _form(self, method: str, length: int, fixed: tuple[int, ...]) -> _Form[T]:
        forms = self._forms.setdefault((method, length), [])
        for form in forms:
            if form.fixed == fixed:
                return form
        forms.append(_Form(fixed, tuple(at for at in range(length) if at not in fixed)))
        return forms[-1]

    def _is_shadowed(self, order: int, method: str, path: str) -> bool:
        """Whether FastAPI would have matched the path with a route that came before."""
        is_matched = self._first(method, path.split("/")) is not None
        return is_matched or self._is_taken(order, method, path)


_NONE: Mapping[str, Any] = {}
