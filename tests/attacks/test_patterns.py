"""Every regular expression is linear on its own worst texts: twice as long, twice the steps."""

from __future__ import annotations

import ast
import math
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import pytest

import neutrino_lab
from tests.attacks.backtracking import Counted, TooManyStepsError, repeats

# Handed on as values, and asked by `match` alone.
MATCHED = {
    *(f"neutrino_lab.declare.find_declarations.{name}" for name in ("_WORD", "_RAW_WORD")),
    "neutrino_lab.declare.find_declarations._PART_WORD",
    "neutrino_lab.notebook.magics._PROMPTS",
}
FIND = {"search", "finditer", "findall", "sub", "subn", "split"}
SHORT, LONG = 24, 96
MANY = 1_000_000
Found: TypeAlias = tuple[re.Pattern[Any], str]


@cache
def found() -> dict[Found, str]:
    """Each pattern with how it is used, `match`, `fullmatch` or `search`, and where it is from."""
    patterns: dict[Found, str] = {}
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    named: list[tuple[str, str, re.Pattern[Any]]] = []
    for each in pkgutil.walk_packages(neutrino_lab.__path__, "neutrino_lab."):
        if each.name.endswith("__main__"):
            continue
        spec = find_spec(each.name)
        assert spec is not None
        assert spec.origin is not None
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        names = globals_of(each.name, tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                name = node.value.id
                used[each.name if name.startswith("_") else "", name].add(node.attr)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                f"re.{verb}" for verb in (*FIND, "match", "fullmatch")
            }:
                flags = [key.value for key in node.keywords if key.arg == "flags"]
                given = (eval(ast.unparse(part), names) for part in (node.args[0], *flags))
                verb = ast.unparse(node.func).removeprefix("re.")
                patterns.setdefault((re.compile(*given), use({verb})), f"{each.name}:{node.lineno}")
        for name, value in names.items():
            named += [(each.name, name, pattern) for pattern in held(value)]
    for origin, name, pattern in named:
        place = f"{origin}.{name}"
        verbs = used[origin if name.startswith("_") else "", name]
        patterns.setdefault((pattern, "match" if place in MATCHED else use(verbs)), place)
    return patterns


def globals_of(name: str, tree: ast.Module) -> dict[str, Any]:
    """The globals of a module; of one that runs in IPython alone the patterns that it compiles."""
    try:
        return vars(import_module(name))
    except NameError:
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
        made = [ast.unparse(each) for each in calls if ast.unparse(each.func) == "re.compile"]
        return {f"line {n}": eval(text, {"re": re}) for n, text in enumerate(made)}


def held(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns in a global, whatever holds them."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from held([*value, *value.values()])
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from held(each)


def use(verbs: set[str]) -> str:
    """How a text is gone through that these are called with; one in a table may be searched for."""
    if verbs & FIND:
        return "search"
    return "match" if "match" in verbs else "fullmatch" if "fullmatch" in verbs else "search"


def worst(pattern: re.Pattern[Any], how: str) -> tuple[float, str]:
    """How much more a text takes that is twice as long, at most, and which one that is."""
    counted = Counted(pattern)
    found = (0.0, "")
    if not [*repeats(counted, list(counted.tree))]:
        return found  # what is bounded everywhere takes so much a character, and no more
    for lead, pump, end in attacks(counted):
        made = f"{lead!r} + {pump!r} * n + {end!r}"
        try:
            short = lead + pump * SHORT + end
            if counted.steps(short, how, MANY) > 6 * len(short):
                few = counted.steps(lead + pump * (LONG // 2) + end, how, MANY)
                many = counted.steps(lead + pump * LONG + end, how, MANY)
                found = max(found, (many / few, made))
        except TooManyStepsError:
            return math.inf, made
    return found


def dearest(pattern: re.Pattern[Any], how: str) -> tuple[float, str]:
    """How many steps a character takes at most where bounds are high, and which text that is."""
    counted = Counted(pattern, most=64)
    pumps = {*counted.alphabet, counted.example(list(counted.tree))} - {""}
    texts = [pump * (128 // len(pump) + 1) + counted.alphabet[0] for pump in pumps]
    return max((counted.steps(each, how, MANY) / len(each), each[:40]) for each in texts)


def attacks(counted: Counted) -> set[tuple[str, str, str]]:
    """What comes before a repeat, what it repeats, and what makes it fail at last."""
    nodes = list(counted.tree)
    whole = counted.example(nodes)
    single = counted.alphabet
    leads = {"", whole}
    pumps = {*single, whole, counted.example(nodes, times=1)}
    for lead, body in repeats(counted, nodes):
        leads.add(lead)
        pumps |= {body, lead, lead + body}
    ends = {"", "\n", single[-1], single[0], "\n" + single[0]}
    return {(lead, pump, end) for lead in leads for pump in pumps - {""} for end in ends}


@pytest.mark.parametrize(
    ("pattern", "how", "power"),
    [
        (r"(a+)+b", "match", 9),
        (r"(?:a|a)*b", "match", 9),
        (r"(?:\w+\s?)*;", "match", 9),
        (r"#[ \t]+.*?[ \t]*$", "match", 2),
        (r"\s*foo", "search", 2),
        (r"\w+@", "search", 2),
        (r"a.*b.*c", "match", 2),
        (r"(\w+\.)*\w+!", "search", 2),
        (r"x[^\n]*y", "search", 2),
        (r"\s*foo", "match", 1),
        (r"(?:a|b)*c", "match", 1),
        (r"(?<!\w)\w+\b!", "search", 1),
        (r"(a|b)+?\1x", "match", 1),
        (r"\"(?:[^\"\\\\]|\\\\.)*\"", "match", 1),
    ],
)
def test_what_is_not_linear_is_seen(pattern: str, how: str, power: int) -> None:
    ratio, _ = worst(re.compile(pattern), how)
    assert ratio < 3 if power == 1 else ratio > 3


def test_a_high_bound_is_seen() -> None:
    assert dearest(re.compile(r"#.{0,500}x"), "search")[0] > 60
    assert dearest(re.compile(r"(?<!#)#.{0,500}x"), "search")[0] < 60


def test_every_pattern_is_linear() -> None:
    listed = found()
    assert len(listed) > 150
    faults = []
    for (pattern, how), origin in listed.items():
        ratio, text = worst(pattern, how)
        if ratio > 3:
            faults.append(f"{origin} ({how}) takes {ratio:.0f} times as long: {text}")
        cost, text = dearest(pattern, how) if Counted(pattern).has_bounds else (0, "")
        if cost > 60:
            faults.append(f"{origin} ({how}) takes {cost:.0f} steps a character: {text}")
    assert faults == []
