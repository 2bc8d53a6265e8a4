"""What every message is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """The base of all: unknown keys are an error on both sides."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Span(Message):
    """A stretch of a cell's source: lines from 1, columns from 0 in UTF-16 units, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class Wording(Message):
    """How a text was made, so that it can be said in another language.

    `template` is English, with the names of `arguments` in braces; a brace itself is doubled.
    An argument that is a text for people has a wording of its own.
    """

    template: str
    arguments: dict[str, str | Wording]


class Fix(Message):
    """An edit that fixes a problem. `title` is English, `title_wording` how it was made."""

    title: str
    title_wording: Wording | None
    span: Span
    text: str


class Diagnostic(Message):
    """One diagnostic of the notebook; `cell` 0 is the notebook as a whole.

    `message` and `hint` are English; `message_wording` and `hint_wording` say how they were made,
    and are null for the words of another program. `action` is what no edit does: to serve the
    notebook in a new process, or to have the function drafted from words.
    """

    code: str
    severity: Literal["error", "warning", "note"]
    message: str
    message_wording: Wording | None
    hint: str
    hint_wording: Wording | None
    cell: int
    cell_id: str
    span: Span | None
    fixes: list[Fix]
    action: Literal["", "start-over", "draft"] = ""


class SourceCell(Message):
    """A cell of the live document. `generated` is the hash of what a person accepted, where a model
    drafted it."""

    id: str
    type: Literal["code", "markdown", "raw"]
    source: str
    tags: list[str] = []
    generated: str = ""
