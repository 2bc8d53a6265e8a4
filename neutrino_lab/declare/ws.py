"""The kind @WS: a function that answers messages, or a generator that streams to each client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from neutrino_lab.declare.kind import (
    HEADERS,
    QUERY,
    Cell,
    Code,
    Exchange,
    Key,
    Kind,
    Moment,
    Sample,
    Table,
)
from neutrino_lab.declare.tree import Tree
from neutrino_lab.declare.values import read_bool, to_fields
from neutrino_lab.runtime.spec import Recipients, SocketType, WebSocket


def build(tree: Tree, function: str, cell: int) -> WebSocket:
    """Give the endpoint of a declaration that has a path."""
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
        repeat=read_bool(tree.scalar("repeat")) is not False,
        to=cast(Recipients, tree.scalar("to").casefold() or "all"),
    )


def socket_type(tree: Tree) -> str:
    """Tell an event socket from a stream; anything else as it is written."""
    return tree.scalar("type").casefold() or "event"


def needs(tree: Tree) -> frozenset[str]:
    """An event socket is called with each message."""
    return WebSocket.supplies if socket_type(tree) == "event" else frozenset()


def listed(endpoint: WebSocket, url: str) -> tuple[str, str]:
    """Give `WS`, and its URL with the scheme `ws` or `wss`."""
    return "WS", url.replace("http", "ws", 1) + endpoint.path


def row(endpoint: WebSocket) -> tuple[Cell, ...]:
    """Give its path, its type, and the fields of a message."""
    return Code(endpoint.path), endpoint.type, endpoint.message


def panel_fields(endpoint: WebSocket, _moment: Moment) -> Mapping[str, Any]:
    """Give the badge, whether it is called by events or streams, and who gets what it answers."""
    return {"badge": "WS", "mode": endpoint.type, "to": endpoint.to}


def exchange(endpoint: WebSocket) -> Exchange:
    """Say that saved examples are sent over a WebSocket, which may speak first where it streams."""
    return Exchange(streams=endpoint.type == "stream")


KIND = Kind(
    word="WS",
    spec=WebSocket,
    about="A WebSocket: the function answers each message, or is a generator that streams.",
    example="@WS /ws/chat/{room_id}\nmessage: user:str, text:str\nvalidate: true\nto: room",
    has_path=True,
    root="/ws/",
    routing={"room_id": "the room", "client_id": "the client"},
    aliases=("websocket", "websockets", "socket", "wss"),
    keys=(
        Key(
            "type",
            "choice",
            "Whether the function answers each message (`event`, the default) or is a "
            "generator that is iterated for each client (`stream`).",
            "type: stream",
            choices=get_args(SocketType),
        ),
        Key(
            "message",
            "fields",
            "The fields of a message, which is then parsed JSON.",
            "message: event:str, ticker:str",
            each="A field of each message.",
            place="message",
        ),
        Key(
            "validate",
            "bool",
            "Whether a message that does not fit `message` is answered with an error.",
            "validate: true",
        ),
        Key(
            "repeat",
            "bool",
            "Whether a stream's generator is called again when it ends (the default), or the "
            "connection is closed with 1000.",
            "repeat: false",
        ),
        QUERY,
        HEADERS,
        Key(
            "to",
            "choice",
            "Who receives a plain return value: every client of the endpoint (the default), "
            "those in the sender's `{room_id}`, or the sender.",
            "to: room",
            choices=get_args(Recipients),
        ),
    ),
    sample=Sample(
        "WebSocket",
        "Answers each message; `to: all` sends it to everyone who is connected.",
        "@WS /ws/echo\nto: sender",
        'async def echo(event: str):\n    return {"echo": event}',
    ),
    table=Table("WebSockets", ("path", "type", "message")),
    build=build,
    listed=listed,
    row=row,
    panel_fields=panel_fields,
    exchange=exchange,
    needs=needs,
)
