"""The kind @TALLY: a function that is told how often it was called, over all versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neutrino_lab.declare.kind import QUERY, Cell, Code, Exchange, Kind, Moment, Sample, Table
from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import to_fields
from neutrino_lab.runtime.tally.spec import Tally


def build(tree: Tree, function: str, cell: int) -> Tally:
    assert tree.path is not None
    return Tally(tree.path.text, function, cell, query=to_fields(tree.fields("query")))


def listed(endpoint: Tally, url: str) -> tuple[str, str]:
    return "TALLY", url + endpoint.path


def row(endpoint: Tally) -> tuple[Cell, ...]:
    return Code(endpoint.path), endpoint.query


def panel_fields(_endpoint: Tally, _moment: Moment) -> Mapping[str, Any]:
    return {"badge": "TALLY"}


def exchange(_endpoint: Tally) -> Exchange:
    return Exchange(verb="GET")


KIND = Kind(
    word="TALLY",
    spec=Tally,
    about="Counts its calls.",
    example="@TALLY /visits\nquery: page:str",
    has_path=True,
    keys=(QUERY,),
    sample=Sample(
        "tally",
        "Counts its calls.",
        "@TALLY /visits",
        "def visits(total):\n    return {'visits': total}",
    ),
    table=Table("Tallies", ("path", "takes")),
    build=build,
    listed=listed,
    row=row,
    panel_fields=panel_fields,
    exchange=exchange,
)
