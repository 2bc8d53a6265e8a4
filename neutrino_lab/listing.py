"""On a terminal: a served app with its URLs and next runs, an export and how it was checked, why a
command is refused."""

from __future__ import annotations

from collections.abc import Sequence

from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.declare.grammar import KINDS
from neutrino_lab.export.check import Outcome
from neutrino_lab.export.difference import Difference
from neutrino_lab.export.draft import Draft
from neutrino_lab.runtime.spec import App, Routed
from neutrino_lab.serve.live import Update
from neutrino_lab.serve.watchdog import LoopState

# Notebooks without a part in the app: one that declares nothing, one in another language.
_LEFT_OUT = frozenset({"NL006", "NL012"})
_MOST_NAMED = 10


class UsageError(Exception):
    """What was asked for cannot be meant, or not be had; one line says so, and nothing else."""


def overview(app: App, url: str, findings: Sequence[Diagnostic] = ()) -> str:
    """List everything that is served at `url`, and which notebooks have no part in it."""
    left = [each.notebook for each in findings if each.code in _LEFT_OUT]
    shown = [*left[:_MOST_NAMED], *(["…"] if len(left) > _MOST_NAMED else [])]
    more = [f"  not run, as nothing is declared there: {', '.join(shown)}", ""] if left else []
    return "\n".join(["", f"{app.title} is live at {url}", "", *_rows(app, url), "", *more])


def change(update: Update, url: str) -> str:
    """Say in a line what a save came to."""
    if update.state == "serving previous":
        return "Not swapped in: the last good version goes on serving."
    if update.state == "not served":
        return "Still not serving: waiting for a save that fixes it."
    cells = f"{update.cells_run} cell{'' if update.cells_run == 1 else 's'} ran"
    return f"Live at {url}: {cells}, swapped in after {update.duration_s * 1000:.0f} ms."


def silence(state: LoopState) -> str:
    """Say that the event loop no longer answers, and what can be done about it; or that it does."""
    if state.is_over:
        return "The event loop answers again."
    what = f"{state.place} keeps it busy" if state.place else "something keeps it busy"
    return (
        f"The event loop does not answer: {what}. Nothing is served and no save is taken up until "
        "that ends. Press Ctrl+C, fix it and start again."
    )


def planned(drafted: Draft, differences: Sequence[Difference]) -> str:
    """List what an export would hold: its cells with reasons, its requirements, its files."""
    cells = [
        (
            "+" if each.is_included else "-",
            f"cell {each.cell.number}",
            each.cell.id,
            each.reason,
            ", ".join(each.needed_by),
        )
        for each in drafted.selection.choices
    ]
    lines = [(each.line, each.origin) for each in drafted.plan.requirements]
    files = [(str(each.change), str(each.path)) for each in differences if each.change != "same"]
    parts: list[tuple[str, Sequence[tuple[str, ...]]]] = [
        ("Cells", cells),
        ("Requirements", lines),
        ("Files", files or [("all the same",)]),
    ]
    return "\n".join(line for title, rows in parts for line in ["", title, *columns(rows)])


def checked(outcome: Outcome) -> str:
    """List how the examples of a check did, a line each; empty where the check did not come so
    far."""
    if has_errors(outcome.findings):
        return ""
    rows = [
        ("ok" if each.ok else "failed", each.key, each.name, str(each.status or ""), each.message)
        for each in outcome.examples
    ]
    rows += [("ok", each, "", "", "armed; a check runs no schedule") for each in outcome.armed]
    head = "checked:"
    if not outcome.examples:
        head = "checked: it comes up in a process of its own; there are no saved examples to replay"
    return "\n".join([head, *columns(rows)])


def _rows(app: App, url: str) -> list[str]:
    rows: list[tuple[str, ...]] = [
        (*kind.listed(each, url), each.runs, f"cell {each.cell}")
        for kind in KINDS
        for each in app.of(kind.spec)
    ]
    if app.of(Routed):
        rows.append(("DOCS", url + "/docs", "", ""))
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]], *, indent: str = "  ") -> list[str]:
    """Set rows one below the other, as wide as the widest text of each column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [[text.ljust(w) for text, w in zip(row, widths, strict=True)] for row in rows]
    return [indent + "  ".join(row).rstrip() for row in padded]
