"""Builds the description of an HTTP endpoint from a declaration without mistakes."""

from __future__ import annotations

from typing import cast

from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import read_media, to_fields
from neutrino_lab.runtime.spec import Http, Verb


def build(tree: Tree, function: str, cell: int) -> Http:
    assert tree.verb is not None
    assert tree.path is not None
    return Http(
        verb=cast(Verb, tree.verb.text),
        path=tree.path.text,
        function=function,
        cell=cell,
        query=to_fields(tree.fields("query")),
        headers=to_fields(tree.fields("headers")),
        body=to_fields(tree.fields("body")),
        resp=to_fields(tree.fields("resp")),
        media=read_media(tree.scalar("media")) or "",
    )
