"""What a mistake in a notebook looks like: plain data that every front end renders its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import Worded

Severity: TypeAlias = Literal["error", "warning", "note"]
Action: TypeAlias = Literal["", "start-over", "draft"]


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that fixes the mistake: put `text` in the place of `span`. `title` names it."""

    title: Worded
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong (`message`), where, and what to do (`hint`).

    `notebook` is the path relative to the project; `cell` is the cell's number, 0 where the
    finding is about the notebook as a whole; `source` is the cell's text, for showing the line.
    `action` is what no edit does: `start-over` asks for a new process of a served notebook, `draft`
    for a function that a model drafts from words.
    """

    code: str
    severity: Severity
    message: Worded
    hint: Worded
    notebook: str
    cell: int = 0
    cell_id: str = ""
    span: Span | None = None
    source: str = ""
    fixes: tuple[Fix, ...] = ()
    action: Action = ""


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether one of them is an error; warnings and notes are none."""
    return any(each.severity == "error" for each in diagnostics)
