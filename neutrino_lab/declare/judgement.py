"""What the text of a cell decides by itself, and what the cells of a block decide together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from neutrino_lab.declare import rules, scope, view
from neutrino_lab.declare.declared import Declared, Finding, Question, Rule
from neutrino_lab.declare.diagnostics import Severity
from neutrino_lab.notebook.blocks import Block
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Cell

# What a cell's own text decides depends on this, and on nothing else.
Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with what its rule adds, and the declaration it is about, if it is one."""

    finding: Finding
    code: str
    severity: Severity
    declared: Declared | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that a cell's own text decides."""

    facts: Facts
    declared: tuple[Declared, ...]
    found: tuple[Found, ...]
    questions: tuple[tuple[Rule, Declared, Question], ...]


@dataclass(frozen=True, slots=True)
class JudgedBlock:
    """Everything that the cells of a block decide. `telling` are those that declare something, or
    in which something was found; `facts` have the module and the number of the cell with them,
    `codes` are what Python runs, and `imports` the top-level names of what is imported."""

    cells: Mapping[Key, Judged]
    telling: tuple[tuple[Cell, Judged], ...]
    facts: Mapping[tuple[str, int], Facts]
    names: scope.Names
    codes: frozenset[str]
    imports: frozenset[str]

    @property
    def declares(self) -> bool:
        """Whether any of its cells declares something."""
        return any(each.declared for _, each in self.telling)


def key_of(cell: Cell) -> Key:
    """Give what the judgement of a cell depends on."""
    return cell.source, cell.code, cell.generated


def judge(cell: Cell, facts: Facts) -> Judged:
    """Apply the rules that look at a single cell."""
    seen = view.of(cell, facts)
    found = [
        found_by(rule, finding, None) for rule in rules.CELL_RULES for finding in rule.check(seen)
    ]
    questions: list[tuple[Rule, Declared, Question]] = []
    for declared in seen.declared:
        for each in () if declared.is_excessive else rules.BY_KIND[declared.kind.word]:
            for answer in each.check(declared):
                if isinstance(answer, Finding):
                    found.append(found_by(each, answer, declared))
                else:
                    questions.append((each, declared, answer))
    return Judged(facts, seen.declared, tuple(found), tuple(questions))


def judge_block(module: str, block: Block, judged: Callable[[Cell], Judged]) -> JudgedBlock:
    """Put together what the cells of a block decide, each by itself."""
    cells = [(cell, judged(cell)) for cell in block.cells]
    return JudgedBlock(
        cells={key_of(cell): each for cell, each in cells},
        telling=tuple((cell, each) for cell, each in cells if each.declared or each.found),
        facts={(module, cell.number): each.facts for cell, each in cells},
        names=scope.names_of([(cell, each.facts, each.declared) for cell, each in cells]),
        codes=frozenset(cell.code for cell in block.cells),
        imports=frozenset(
            found.module.partition(".")[0] for _, each in cells for found in each.facts.imports
        ),
    )


def found_by(rule: Rule, finding: Finding, declared: Declared | None) -> Found:
    """Add to a finding what its rule says of all of them."""
    code, severity = finding.code or rule.CODE, finding.severity or rule.SEVERITY
    return Found(finding, code, severity, declared)
