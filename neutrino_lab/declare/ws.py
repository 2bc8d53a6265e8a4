"""Builds the description of a WebSocket from a declaration without mistakes."""

from __future__ import annotations

from typing import cast

from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import read_bool, to_fields
from neutrino_lab.runtime.spec import Recipients, SocketType, WebSocket


def build(tree: Tree, function: str, cell: int) -> WebSocket:
    assert tree.path is not None
    return WebSocket(
        path=tree.path.text,
        function=function,
        cell=cell,
        type=cast(SocketType, socket_type(tree)),
        message=to_fields(tree.fields("message")),
        validate=bool(read_bool(tree.scalar("validate"))),
        query=to_fields(tree.fields("query")),
        headers=to_fields(tree.fields("headers")),
        to=cast(Recipients, tree.scalar("to").casefold() or "all"),
    )


def socket_type(tree: Tree) -> str:
    """Tell an event socket from a stream; anything else as it is written."""
    return tree.scalar("type").casefold() or "event"
