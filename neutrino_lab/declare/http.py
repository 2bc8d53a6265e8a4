"""The kind @HTTP: a function that answers requests."""

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
from neutrino_lab.declare.values import read_media, to_fields
from neutrino_lab.runtime.spec import Http, Verb

VERBS: Mapping[str, str] = {
    "GET": "Reads something. Its values come from the path and the query.",
    "POST": "Adds or works out something. Its values come in the body.",
    "PUT": "Replaces what is at the path by what is in the body.",
    "PATCH": "Changes a part of what is at the path.",
    "DELETE": "Removes what is at the path.",
}


def build(tree: Tree, function: str, cell: int) -> Http:
    """Give the endpoint of a declaration that has a verb and a path."""
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


def listed(endpoint: Http, url: str) -> tuple[str, str]:
    """Give the verb and the URL."""
    return endpoint.verb, url + endpoint.path


def row(endpoint: Http) -> tuple[Cell, ...]:
    """Give the route, and all fields that a caller sends."""
    return Code(endpoint.key), endpoint.query + endpoint.headers + endpoint.body


def panel_fields(endpoint: Http, _moment: Moment) -> Mapping[str, Any]:
    """Give the verb as its badge, and the media type of its answers."""
    return {"badge": endpoint.verb, "media": endpoint.media}


def exchange(endpoint: Http) -> Exchange:
    """Say that saved examples are sent as requests with its verb."""
    return Exchange(verb=endpoint.verb)


KIND = Kind(
    word="HTTP",
    spec=Http,
    about="Answers a request: the function gets the declared values and returns the response.",
    example="@HTTP\nPOST /api/linear-regression\nbody: x:list[float], y:list[float]",
    verbs=VERBS,
    has_path=True,
    root="/api/",
    aliases=("api", "rest", "route", "endpoint", *(verb.lower() for verb in get_args(Verb))),
    keys=(
        Key(
            "body",
            "fields",
            "The fields of the JSON object that is sent.",
            "body: rows:list[dict[str, float]], n:int=3",
            each="A field of the JSON object that is sent.",
            place="body",
        ),
        QUERY,
        Key(
            "resp",
            "fields",
            "The fields of the answer: documented, converted, and the others dropped.",
            "resp: correlation:float",
            each="A field of the answer.",
        ),
        HEADERS,
        Key(
            "media",
            "media",
            "How a returned text or bytes is sent; without it, results are JSON.",
            "media: html",
        ),
    ),
    sample=Sample(
        "endpoint",
        "Answers a request with what the function returns.",
        '@HTTP\nGET /api/hello\nquery: name:str="world"',
        'def hello(name: str):\n    return {"message": f"Hello, {name}!"}',
    ),
    table=Table("Routes", ("route", "takes")),
    build=build,
    listed=listed,
    row=row,
    panel_fields=panel_fields,
    exchange=exchange,
)
