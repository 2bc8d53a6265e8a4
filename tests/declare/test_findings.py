"""Cells → what is found in them, case by case, as written down in `findings/`.

A case begins with `===` and its name; `~~~` stands between its cells; each finding is a line
`>>> code cell:line:column message | hint`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from neutrino_lab.declare.rules import RULES

FILES = sorted((Path(__file__).parent / "findings").glob("*.txt"))
# What no cell can show, being about files; and what none of a readable length can.
ABOUT_FILES = {"NL001", "NL011", "NL012", "NL118", "NL122", "NL907"}


def cases() -> list[tuple[str, list[str], list[str]]]:
    found = []
    for path in FILES:
        for block in path.read_text(encoding="utf-8").split("=== ")[1:]:
            name, _, text = block.partition("\n")
            body, *findings = text.rstrip("\n").split("\n>>> ")
            found.append((f"{path.stem}: {name}", body.split("\n~~~\n"), findings))
    return found


CASES = cases()


@pytest.mark.parametrize(
    ("cells", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_these_cells_have_these_findings(
    cells: list[str], expected: list[str], judged: Callable[..., list[str]]
) -> None:
    assert judged(*cells) == expected


def test_every_rule_has_a_case() -> None:
    shown = {finding.split()[0] for _, _, findings in CASES for finding in findings}
    assert {rule.CODE for rule in RULES} - shown == ABOUT_FILES
