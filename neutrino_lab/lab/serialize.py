"""What the layers below know, in the types of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from neutrino_lab.declare import grammar, input_schema
from neutrino_lab.declare.diagnostics import Diagnostic, Fix
from neutrino_lab.declare.kind import Moment
from neutrino_lab.lab import columns
from neutrino_lab.lab.protocol import analysis, base
from neutrino_lab.lab.protocol.served import RunningCell, Served
from neutrino_lab.notebook import model
from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.notebook.wording import Worded
from neutrino_lab.runtime import zones
from neutrino_lab.runtime.arguments import Input
from neutrino_lab.runtime.spec import App, Endpoint, Routed
from neutrino_lab.serve.status import Status

Clock: TypeAlias = Callable[[], datetime]


def clock() -> datetime:
    """Give the time of now, in UTC."""
    return datetime.now(zones.UTC)


def served(  # noqa: PLR0913 - what is known of a notebook
    status: Status,
    *,
    id_: str,
    path: str,
    url: str,
    own_url: str = "",
    timezone: str = "",
    follows_saves: bool = True,
    revision: int = 0,
    now: Clock = clock,
) -> Served:
    """Describe a served notebook; its endpoints are those that answer."""
    serving, newest = status.serving, status.newest
    shown = serving or newest
    running = None
    if status.cell:
        running = RunningCell(cell=status.cell, since=status.since)
    return Served(
        id=id_,
        path=path,
        state=status.state,
        url=url,
        own_url=own_url,
        reason=status.reason,
        command=status.command,
        running=running,
        endpoints=(
            endpoints(shown.app, shown.notebooks, shown.facts, timezone=timezone, now=now)
            if shown
            else []
        ),
        diagnostics=diagnostics(status.findings),
        behind=sorted(newest.unlike(serving)) if newest and serving else [],
        follows_saves=follows_saves,
        revision=revision,
        version=status.version,
        restarts=status.restarts,
        started=status.started,
    )


def endpoints(
    app: App,
    notebooks: Sequence[Notebook],
    facts: Mapping[tuple[str, int], Facts],
    *,
    timezone: str = "",
    now: Clock = clock,
) -> list[analysis.Endpoint]:
    """List what is declared, in the order of the cells; schedules that name no zone are told in
    `timezone`. `facts` are those of each cell, by module and number."""
    ids = {(n.module, cell.number): cell.id for n in notebooks for cell in n.cells}
    names = {module: input_schema.defined(module, facts) for module in app.modules}
    moment = Moment(now(), timezone)
    return [
        _endpoint(
            each,
            ids.get((each.module, each.cell), ""),
            facts.get((each.module, each.cell), Facts()),
            names.get(each.module, frozenset()),
            moment,
        )
        for each in app.endpoints
    ]


def diagnostics(found: Iterable[Diagnostic]) -> list[base.Diagnostic]:
    """Give diagnostics as the front end reads them: columns count UTF-16 units."""
    return [
        base.Diagnostic(
            code=each.code,
            severity=each.severity,
            message=each.message,
            message_wording=wording(each.message),
            hint=each.hint,
            hint_wording=wording(each.hint),
            cell=each.cell,
            cell_id=each.cell_id,
            span=span(each.span, each.source) if each.span else None,
            fixes=[fix(edit, each.source) for edit in each.fixes],
            action=each.action,
        )
        for each in found
    ]


def fix(edit: Fix, source: str) -> base.Fix:
    """Give an edit as the front end reads it: columns count UTF-16 units."""
    return base.Fix(
        title=edit.title,
        title_wording=wording(edit.title),
        span=span(edit.span, source),
        text=edit.text,
    )


def wording(text: Worded) -> base.Wording | None:
    """Give the template and the arguments of a text; None for the words of another program."""
    if not text.template:
        return None
    return base.Wording(
        template=text.template,
        arguments={
            name: (wording(each) or each) if isinstance(each, Worded) else each
            for name, each in text.arguments.items()
        },
    )


def span(place: model.Span, source: str) -> base.Span:
    """Describe a stretch of a cell, whose text is `source`."""
    column, end_column = place.column, place.end_column
    if not source.isascii():
        column = columns.units(columns.line_of(source, place.line), column)
        end_column = columns.units(columns.line_of(source, place.end_line), end_column)
    return base.Span(line=place.line, column=column, end_line=place.end_line, end_column=end_column)


def _endpoint(
    endpoint: Endpoint, cell_id: str, facts: Facts, defined: frozenset[str], moment: Moment
) -> analysis.Endpoint:
    fields = {"kind": endpoint.kind, **grammar.kind_for(endpoint).panel_fields(endpoint, moment)}
    if isinstance(endpoint, Routed):
        found = input_schema.of(endpoint, facts.function(endpoint.name), defined)
        fields |= {"path": endpoint.path, "inputs": [_input(each) for each in found]}
    return analysis.BY_KIND.get(endpoint.kind, analysis.Endpoint)(
        **fields,
        key=endpoint.key,
        function=endpoint.name,
        cell=endpoint.cell,
        cell_id=cell_id,
    )


def _input(given: Input) -> analysis.Input:
    return analysis.Input(
        name=given.name,
        place=given.place,
        type=given.type,
        required=given.required,
        default=given.default,
        json_schema=dict(given.schema),
    )
