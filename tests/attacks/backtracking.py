"""A regular expression engine that goes back as `re` does, and counts its steps.

It reads the tree that `re` itself makes of a pattern, so that it knows all syntax, and asks `re`
what one character is. A repeat with a large bound counts as one with a small bound: what it costs
does not grow with the text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, TypeAlias

MOST = 8  # stands for every bound above it
_parser: Any = import_module("sre_parse" if sys.version_info < (3, 11) else "re._parser")
_compiler: Any = import_module("sre_compile" if sys.version_info < (3, 11) else "re._compiler")
_ONE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}
_REPEATS = {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}
_SOME = [*range(32, 127), 9, 10, 13, 0, 27, 0xE9, 0x2028]
Instruction: TypeAlias = tuple[str, Any, Any]
Slots: TypeAlias = tuple[int, ...]
Passed: TypeAlias = "tuple[int, Slots] | None"


class TooManyStepsError(Exception):
    """It takes too long to count them all."""


class Counted:
    """A pattern, and the steps that it takes on a text."""

    def __init__(self, pattern: re.Pattern[Any], most: int = MOST) -> None:
        source, flags = pattern.pattern, pattern.flags
        if isinstance(source, bytes):
            source, flags = source.decode("latin-1"), flags | re.ASCII
        self.tree = _parser.parse(source, flags)
        self.has_bounds = _bound(self.tree, most)
        self._same_as: re.Pattern[str] = _compiler.compile(self.tree, flags)
        self._told: dict[str, re.Pattern[str]] = {}
        self._slots = 2 * self.tree.state.groups  # where each group begins and ends
        self._program = self._compiled(self.tree)
        self.alphabet = self._alphabet()
        self._steps = self._limit = 0

    def steps(self, text: str, how: str, limit: int) -> int:
        """Count what it takes to match (`match`, `fullmatch`) or to find all (`search`)."""
        self._steps, self._limit = 0, limit
        match = self._same_as.fullmatch if how == "fullmatch" else self._same_as.match
        at = 0
        while at <= len(text):
            end = self._run(self._program, text, at, is_full=how == "fullmatch")
            expected = match(text, at)
            assert end == (expected and expected.end()), (self._same_as.pattern, text, at)
            if how != "search":
                break
            at = at + 1 if end is None or end == at else end
        return self._steps

    def example(self, nodes: Sequence[Any], times: int = 0) -> str:
        """Write a short text that these parts match, with each repeat `times` at least."""
        made = ""
        for operator, argument in nodes:
            name = str(operator)
            if name in _ONE:
                told = self._one((operator, argument))
                made += next(filter(told.match, self.alphabet), "")
            elif name in _REPEATS:
                least, _, body = argument
                made += self.example(body, times) * max(least, times)
            elif name == "BRANCH":
                made += min((self.example(each, times) for each in argument[1]), key=len)
            elif name in {"SUBPATTERN", "ATOMIC_GROUP"}:
                made += self.example(bodies(operator, argument)[0], times)
        return made

    def _alphabet(self) -> str:
        """One character of each kind that the pattern tells apart."""
        kinds: dict[tuple[bool, ...], str] = {}
        told = [*self._told.values(), re.compile(r"\w")]
        for character in map(chr, _SOME):
            kinds.setdefault(tuple(bool(each.match(character)) for each in told), character)
        return "".join(kinds.values())

    def _one(self, node: Any) -> re.Pattern[str]:
        key = repr(node)
        if key not in self._told:
            tree = _parser.SubPattern(self.tree.state, [node])
            self._told[key] = _compiler.compile(tree, self.tree.state.flags)
        return self._told[key]

    def _compiled(self, nodes: Sequence[Any]) -> list[Instruction]:
        """Instructions with relative jumps."""
        made: list[Instruction] = []
        for operator, argument in nodes:
            name = str(operator)
            parts = [self._compiled(each) for each in bodies(operator, argument)]
            if name in _ONE:
                made.append(("one", self._one((operator, argument)), {}))
            elif name == "AT":
                made.append(("at", self._one((operator, argument)), 0))
            elif name in _REPEATS:
                least, most, body = argument
                repeated = self._repeated(name, least, most, parts[0], body.getwidth()[0] == 0)
                made += [("atomic", repeated, 0)] if name == "POSSESSIVE_REPEAT" else repeated
            elif name == "BRANCH":
                made += _alternatives(parts)
            elif name == "SUBPATTERN":
                group = 2 * (argument[0] or 0)
                made += [("mark", group, 0), *parts[0], ("mark", group + 1, 0)]
            elif name == "GROUPREF":
                made.append(("same", 2 * argument, 0))
            elif name == "ATOMIC_GROUP":
                made.append(("atomic", parts[0], 0))
            elif name in {"ASSERT", "ASSERT_NOT"}:
                direction, body = argument
                back = body.getwidth()[0] if direction < 0 else 0
                made.append((name.lower(), parts[0], back))
            else:
                raise NotImplementedError(name)
        return made

    def _repeated(
        self, name: str, least: int, most: Any, body: list[Instruction], is_empty: bool
    ) -> list[Instruction]:
        is_lazy = name == "MIN_REPEAT"
        if most is not _parser.MAXREPEAT:
            once: list[Instruction] = []
            for _ in range(most - least):
                once = [_split(1, len(body) + len(once) + 1, is_lazy), *body, *once]
            return body * least + once
        guarded = body
        if is_empty:  # another turn that takes nothing would never end
            guarded = [("mark", self._slots, 0), *body, ("moved", self._slots, 0)]
            self._slots += 1
        loop = [_split(1, len(guarded) + 2, is_lazy), *guarded, ("jump", -len(guarded) - 1, 0)]
        return body * least + loop

    def _run(
        self, program: list[Instruction], text: str, at: int, *, is_full: bool = False
    ) -> int | None:
        size = len(text)
        slots: Slots = (-1,) * self._slots
        stack = [(0, at, slots)]
        while stack:
            place, at, slots = stack.pop()
            while True:
                self._steps += 1
                if self._steps > self._limit:
                    raise TooManyStepsError
                if place == len(program):
                    if is_full and at != size:
                        break
                    return at
                name, first, second = program[place]
                place += 1
                if name == "one":
                    if at == size or not _fits(first, second, text[at]):
                        break
                    at += 1
                elif name == "split":
                    stack.append((place - 1 + second, at, slots))
                    place += first - 1
                elif name == "jump":
                    place += first - 1
                else:
                    passed = getattr(self, f"_{name}")(first, second, text, at, slots)
                    if passed is None:
                        break
                    at, slots = passed
        return None

    def _mark(self, slot: int, _: int, text: str, at: int, slots: Slots) -> Passed:
        return at, (*slots[:slot], at, *slots[slot + 1 :])

    def _moved(self, slot: int, _: int, text: str, at: int, slots: Slots) -> Passed:
        return (at, slots) if slots[slot] != at else None

    def _same(self, slot: int, _: int, text: str, at: int, slots: Slots) -> Passed:
        start, end = slots[slot : slot + 2]
        is_there = start >= 0 and text.startswith(text[start:end], at)
        return (at + end - start, slots) if is_there else None

    def _at(self, told: re.Pattern[str], _: int, text: str, at: int, slots: Slots) -> Passed:
        return (at, slots) if told.match(text, at) else None

    def _atomic(self, inner: list[Instruction], _: int, text: str, at: int, slots: Slots) -> Passed:
        end = self._run(inner, text, at)
        return None if end is None else (end, slots)

    def _assert(
        self, inner: list[Instruction], back: int, text: str, at: int, slots: Slots
    ) -> Passed:
        is_there = at >= back and self._run(inner, text, at - back) is not None
        return (at, slots) if is_there else None

    def _assert_not(
        self, inner: list[Instruction], back: int, text: str, at: int, slots: Slots
    ) -> Passed:
        return None if self._assert(inner, back, text, at, slots) else (at, slots)


def bodies(operator: Any, argument: Any) -> Sequence[Any]:
    """The parts that a node holds."""
    name = str(operator)
    if name in _REPEATS:
        return [argument[2]]
    if name == "SUBPATTERN":
        return [argument[3]]
    if name == "BRANCH":
        return list(argument[1])
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [argument[1]]
    return [argument] if name == "ATOMIC_GROUP" else []


def repeats(counted: Counted, nodes: Sequence[Any], before: str = "") -> Iterator[tuple[str, str]]:
    """For every repeat without a bound: a text that comes before it, and one that it repeats."""
    for index, (operator, argument) in enumerate(nodes):
        lead = before + counted.example(nodes[:index])
        if str(operator) in _REPEATS and argument[1] is _parser.MAXREPEAT:
            yield lead, counted.example(argument[2], times=1)
        for body in bodies(operator, argument):
            yield from repeats(counted, body, lead)


def _bound(tree: Any, limit: int) -> bool:
    """Lower every bound to a limit; gives whether there was a higher one."""
    was_higher = False
    for index, (operator, argument) in enumerate(tree.data):
        for body in bodies(operator, argument):
            was_higher |= _bound(body, limit)
        if str(operator) in _REPEATS:
            least, most, body = argument
            if most is not _parser.MAXREPEAT:
                was_higher |= most > limit
                most = min(most, limit)
            tree.data[index] = (operator, (min(least, limit), most, body))
    return was_higher


def _split(first: int, second: int, is_lazy: bool) -> Instruction:
    return ("split", second, first) if is_lazy else ("split", first, second)


def _alternatives(parts: list[list[Instruction]]) -> list[Instruction]:
    made = parts[-1]
    for part in reversed(parts[:-1]):
        made = [_split(1, len(part) + 2, False), *part, ("jump", len(made) + 1, 0), *made]
    return made


def _fits(told: re.Pattern[str], known: dict[str, bool], character: str) -> bool:
    if character not in known:
        known[character] = told.match(character) is not None
    return known[character]
