"""The reference page says all that the tables hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from neutrino_lab.declare import reference
from neutrino_lab.declare.grammar import FORMS, KINDS
from neutrino_lab.declare.parser import read
from neutrino_lab.declare.rules import RULES


def test_every_kind_and_key_is_in_its_section() -> None:
    page = reference.render()
    for kind in KINDS:
        section = page.partition(f"\n## @{kind.word}\n")[2].partition("\n## ")[0]
        assert kind.example in section
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [k.name for k in kind.keys]


def test_every_rule_has_a_heading_in_the_order_of_the_codes() -> None:
    codes = re.findall(r"^#### (NL\d+): ", reference.render(), re.MULTILINE)
    assert codes == sorted(rule.CODE for rule in RULES)


def test_the_table_of_keys_is_a_table() -> None:
    kinds = reference.render().partition("\n## Fields\n")[0]
    rows = re.findall(r"^\| `\w+` \|.*$", kinds, re.MULTILINE)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_the_examples_of_the_grammar_are_read_without_a_slip() -> None:
    for kind in KINDS:
        tree = read(kind.example)
        assert tree is not None
        assert tree.problems == ()
        for key in kind.keys:
            assert key.form in FORMS
            inner = read(
                f"@{kind.word}\nGET /x\n{key.example}"
                if kind.verbs
                else f"@{kind.word}{' /x' if kind.has_path else ''}\n{key.example}"
            )
            assert inner is not None
            assert inner.problems == ()
            assert [entry.name for entry in inner.entries] == [key.name]


def test_every_code_of_the_package_is_told() -> None:
    package = Path(reference.__file__).parent.parent
    used = {
        code
        for path in package.rglob("*.py")
        for code in re.findall(r"\bNL\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert used == set(re.findall(r"\bNL\d{3}\b", reference.render()))


def test_the_page_in_the_repository_is_current() -> None:
    page = Path(reference.__file__).parents[2] / "docs" / "reference.md"
    assert page.read_text(encoding="utf-8") == reference.render(), "run `make docs`"


def test_run_as_a_program_it_writes_the_page() -> None:
    command = [sys.executable, "-X", "utf8", "-m", "neutrino_lab.declare.reference"]
    written = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    assert (written.stdout, written.stderr) == (reference.render(), "")
