"""The table of rules as a whole: every rule is documented, and its example shows it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from neutrino_lab.declare import reference, rules
from neutrino_lab.declare.declared import Rule
from neutrino_lab.declare.diagnostics import has_errors

WITHOUT_EXAMPLE = {"NL001", "NL011", "NL012", "NL118", "NL122", "NL907"}


def code_of(rule: Rule) -> str:
    return rule.CODE


def test_codes_are_given_once() -> None:
    assert [code for code, n in Counter(map(code_of, rules.RULES)).items() if n > 1] == []


def test_every_module_of_rules_is_in_the_table() -> None:
    folder = Path(rules.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {rule.__name__.rpartition(".")[2] for rule in rules.RULES}  # type: ignore[attr-defined]


@pytest.mark.parametrize("rule", rules.RULES, ids=code_of)
def test_the_documentation_says_what_why_and_how_to_mend(rule: Rule) -> None:
    explanation = reference.explain(rule)
    assert explanation.what.endswith(".")
    assert explanation.why
    assert explanation.fix
    assert bool(explanation.example) == (rule.CODE not in WITHOUT_EXAMPLE)


@pytest.mark.parametrize(
    "rule", [rule for rule in rules.RULES if rule.CODE not in WITHOUT_EXAMPLE], ids=code_of
)
def test_the_example_shows_this_mistake_and_no_other(rule: Rule, compiled) -> None:  # type: ignore[no-untyped-def]
    found = compiled(reference.explain(rule).example).diagnostics
    expected = {rule.CODE} if rule.SEVERITY != "note" else {rule.CODE, "NL010"}
    assert {each.code for each in found} == expected
    assert has_errors(found) == (rule.SEVERITY == "error")


@pytest.mark.parametrize(
    "declaration",
    ["@HTTP GET /a", "@WS /a", "@SCHEDULE\ninterval: 1h", "@STREAM\nsource: every:1s"],
)
def test_a_declaration_without_a_function_can_be_drafted(  # type: ignore[no-untyped-def]
    declaration: str, compiled
) -> None:
    [found] = compiled(f'"""\n{declaration}\n"""').diagnostics
    assert (found.code, found.action) == ("NL301", "draft")


@pytest.mark.parametrize(
    ("code", "rule"), [("name = input('\\d')", "NL121"), ("pattern = '\\d', _12", "NL123")]
)
def test_what_python_thinks_of_a_cell_is_no_warning_of_ours(  # type: ignore[no-untyped-def]
    code: str, rule: str, compiled
) -> None:
    """Warnings are errors here: a rule that parsed the cell on its own would raise one."""
    found = compiled(code).diagnostics
    assert {each.code for each in found} == {rule}
