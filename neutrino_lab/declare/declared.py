"""What the rules look at, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from neutrino_lab.declare.diagnostics import Action, Fix, Severity
from neutrino_lab.declare.find_declarations import Text
from neutrino_lab.declare.kind import Key, Kind
from neutrino_lab.declare.route import PathParameter
from neutrino_lab.declare.tree import Token, Tree
from neutrino_lab.declare.typetext import TypeText
from neutrino_lab.notebook.facts import Facts, Function
from neutrino_lab.notebook.model import Cell, Magic, Notebook, Span, Unreadable
from neutrino_lab.notebook.wording import Worded, say


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found in a cell; `span` is None where the whole cell is meant.

    The rule's own code and severity hold where these are empty.
    """

    message: Worded
    hint: Worded
    span: Span | None = None
    fixes: tuple[Fix, ...] = ()
    severity: Severity | None = None
    code: str = ""
    action: Action = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the rest of the notebook says: the names it binds, and those among them that stand for
    `Annotated[...]`. `is_opaque`: it may bind names that cannot be told; `is_broken`: it has cells
    that are no valid Python.

    `reads` are the names that a function of the notebook reads when it is called; `magics` are the
    lines that may set names in a kernel and set none in a service. `deleted` are the names that are
    gone when all cells have run, each with the number of the cell that deletes it. `unset` are the
    names that code reads though nothing sets them, or they are gone, unless it catches NameError;
    `leading` are those, and the functions that read one of them, or call one that does.
    """

    names: frozenset[str]
    annotated: frozenset[str]
    is_opaque: bool
    is_broken: bool = False
    reads: Mapping[str, frozenset[str]] = field(default_factory=dict)
    magics: tuple[Magic, ...] = ()
    deleted: Mapping[str, int] = field(default_factory=dict)
    unset: frozenset[str] = frozenset()
    leading: frozenset[str] = frozenset()


# A cell is judged once and kept; what depends on the rest of its notebook is asked every time.
Question: TypeAlias = Callable[[Scope], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration and the function that it declares, in a cell of these `lines`.

    `accepted` are the names that the function takes, None where it takes any. `is_excessive`: it
    holds more than is worth a look. `is_broken`: the cell's Python does not parse, so nothing is
    known about its functions. `types` are those that need a look: not `int` and its like.
    `is_alone`: no other declaration stands in the cell; `has_body`: some statement does.
    `reads` are the names that the function, or the cell that is a task, reads when it runs.
    `addresses` are the verbs and paths that it answers at, each with the path's shape.
    """

    kind: Kind[Any]
    tree: Tree
    lines: tuple[str, ...]
    path_parameters: tuple[PathParameter, ...]
    types: tuple[tuple[Token, TypeText], ...]
    function: Function | None
    is_broken: bool
    is_alone: bool
    has_body: bool
    accepted: frozenset[str] | None
    is_excessive: bool
    reads: frozenset[str]
    addresses: tuple[tuple[str, str, str], ...]

    def scalars(self) -> Iterator[tuple[Key, Token]]:
        """Give the keys of the kind that have one value, each with that."""
        for entry in self.tree.entries:
            key = self.kind.key(entry.name)
            if key is not None and entry.scalar is not None:
                yield key, entry.scalar

    def takes(self, name: str) -> bool:
        """Tell whether the function accepts a value of this name."""
        return self.function is not None and (self.accepted is None or name in self.accepted)

    def takes_own(self, name: str) -> bool:
        """Tell whether the function takes what the endpoint itself passes by this very name."""
        return self.function is not None and any(
            each.name == name and each.kind in ("positional", "keyword-only")
            for each in self.function.parameters
        )


@dataclass(frozen=True, slots=True)
class View:
    """One cell, taken apart: all `texts` that begin with `@WORD`, and those that declare.

    `source_lines` are those that the user wrote, `lines` those that Python runs.
    """

    cell: Cell
    facts: Facts
    texts: tuple[Text, ...]
    declared: tuple[Declared, ...]
    lines: tuple[str, ...]
    source_lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A declaration, and the cell and notebook that it stands in."""

    notebook: Notebook
    cell: Cell
    declared: Declared

    def seen_from(self, other: Placed) -> Worded:
        """Say in which cell it is to somebody who looks at another one."""
        if self.notebook is not other.notebook:
            return say("{path}, cell {cell}", path=self.notebook.path, cell=self.cell.number)
        return say("cell {cell}", cell=self.cell.number)


@dataclass(frozen=True, slots=True)
class InCell:
    """A cell that a finding is about, whatever it declares."""

    notebook: Notebook
    cell: Cell


@dataclass(frozen=True, slots=True)
class Project:
    """All that is compiled together. `placed` are the declarations in the order of their cells;
    `has_problems`: errors or warnings were already found; `idle` are the modules of notebooks that
    have no part in the app, and `facts` those of each code cell, by module and cell number."""

    notebooks: Sequence[Notebook | Unreadable]
    placed: Sequence[Placed]
    has_problems: bool
    idle: frozenset[str] = frozenset()
    facts: Mapping[tuple[str, int], Facts] = field(default_factory=dict)

    @property
    def readable(self) -> list[Notebook]:
        """The notebooks that could be read."""
        return [each for each in self.notebooks if isinstance(each, Notebook)]


class Rule(Protocol):
    """What every module of `declare.rules` says of itself; its docstring is its documentation."""

    @property
    def CODE(self) -> str:  # noqa: N802
        """The code of its findings, such as `NL201`; stable once released."""

    @property
    def SEVERITY(self) -> Severity:  # noqa: N802
        """How grave its findings are: `error`, `warning` or `note`."""


class DeclarationRule(Rule, Protocol):
    """Judges one declaration of the KINDS it names."""

    @property
    def KINDS(self) -> tuple[str, ...]:  # noqa: N802
        """The kinds that it judges, by their words: `HTTP`, without the `@`."""

    def check(self, declared: Declared, /) -> Iterator[Finding | Question]:
        """Yield what is wrong, or what has to be asked of the whole project."""


class CellRule(Rule, Protocol):
    """Judges one cell, declarations or not. An error of its takes all of them out."""

    def check(self, view: View, /) -> Iterator[Finding]:
        """Yield what is wrong with a cell, whatever it declares."""


class ProjectRule(Rule, Protocol):
    """Compares declarations or cells, or judges what is no cell: that finding goes with a
    notebook."""

    def check(
        self, project: Project, /
    ) -> Iterator[tuple[Placed | InCell | Notebook | Unreadable, Finding]]:
        """Yield what is wrong, each finding with what it is about."""
