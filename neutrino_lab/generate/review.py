"""A candidate on a terminal: what a person has to see before they say yes."""

from __future__ import annotations

from collections.abc import Sequence

from neutrino_lab.generate.task import Candidate, Row
from neutrino_lab.runtime.sandbox.levels import ABOUT

MOST_ROWS = 12
_WIDTH = 44
_MARKS = {"passed": "ok", "failed": "FAILS", "skipped": "--"}


def review(candidate: Candidate) -> str:
    """Write the cell, what was checked and tried, what it cost and where things went."""
    if not candidate.cell:
        return "\n".join(["No code came of it.", "", *_checks(candidate), *_costs(candidate)])
    rows = candidate.evidence.rows
    lines = [candidate.cell.rstrip(), "", *_checks(candidate), ""]
    if rows:
        lines += [*_table(rows[:MOST_ROWS]), ""]
    if len(rows) > MOST_ROWS:
        lines.insert(-1, f"… and {len(rows) - MOST_ROWS} rows more")
    if candidate.notes:
        lines += [f"It says: {candidate.notes}" if candidate.model else candidate.notes]
    return "\n".join([*lines, *_costs(candidate)])


def _checks(candidate: Candidate) -> list[str]:
    return [
        f"{_MARKS[each.status]:>5}  {each.name}{': ' + each.message if each.message else ''}"
        for each in candidate.checks
    ]


def _costs(candidate: Candidate) -> list[str]:
    evidence = candidate.evidence
    lines = []
    if candidate.model:
        tokens = candidate.prompt_tokens + candidate.completion_tokens
        lines.append(
            f"{candidate.rounds} round{'s' if candidate.rounds > 1 else ''} with {candidate.model} "
            f"at {candidate.host}, {tokens:,} tokens"
        )
    if evidence.level:
        about = ABOUT[evidence.level]
        lines.append(f"tried on {evidence.values} values, {evidence.median_us:g} µs each; {about}")
        if not candidate.is_sandboxed:
            lines.append("once accepted, it runs in the service's own process, without a sandbox")
    return lines


def _table(rows: Sequence[Row]) -> list[str]:
    has_before = any(row.before for row in rows)
    heads = ["value", *(["gives now"] if has_before else []), "gives", "state", "ms"]
    written = [
        [
            row.value,
            *([row.before] if has_before else []),
            row.error or row.outputs or "nothing",
            row.state,
            f"{row.took_ms:.2f}",
        ]
        for row in rows
    ]
    cells = [heads, *([_cut(each) for each in row] for row in written)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return [
        "  ".join(each.ljust(width) for each, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
