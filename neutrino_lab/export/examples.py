"""Saved examples of a notebook's endpoints, and what they stand for: a request, or a message.

They are in `metadata.neutrino_lab.examples`, by the id of the cell: a list of objects with the keys
`name`, `endpoint` (`POST /api/kmeans`, `WS /chat/{room_id}`), `values` (`path`, `query`, `headers`,
`body`) and, where the body was written as text that plain JSON would change, that `text`. The body
of a WebSocket's is the message that is sent once it is open: a text as it is, anything else as
JSON. `{{name}}` in any of them is a variable of the notebook (`references`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from neutrino_lab.declare import grammar
from neutrino_lab.export import expectations, references
from neutrino_lab.export.expectations import Expectation
from neutrino_lab.export.options import METADATA
from neutrino_lab.notebook.model import Notebook
from neutrino_lab.runtime.spec import App, Routed

_PARAMETER = re.compile(r"\{([^{}:]+)(:[^{}]*)?\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True)
class Example:
    """One HTTP request, or, without a `verb`, one WebSocket; `key` and `name` tell it apart.

    `expected` is what it expects of the answer to a request, where it says so.
    `message` is what to send through a WebSocket. One that `streams` may have spoken before it
    heard that, so its first frame says nothing of it.
    """

    key: str
    name: str
    verb: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    message: str | None = None
    streams: bool = False
    expected: Expectation | None = None

    @property
    def is_socket(self) -> bool:
        """Whether it is of a WebSocket, which has no verb."""
        return not self.verb


def of_notebooks(app: App, notebooks: Iterable[Notebook]) -> list[Example]:
    """Find the examples of the endpoints that the app has; what is malformed is passed over."""
    endpoints = {each.key: each for each in app.of(Routed)}
    found = (
        _example(endpoints[saved["endpoint"]], saved)
        for notebook in notebooks
        for saved in _saved(notebook)
        if saved["endpoint"] in endpoints
    )
    return [each for each in found if each is not None]


def _saved(notebook: Notebook) -> Iterator[dict[str, Any]]:
    found = notebook.metadata.get(METADATA)
    own = found if isinstance(found, dict) else {}
    by_cell = own.get("examples")
    known = {cell.id for cell in notebook.cells}
    for cell, listed in by_cell.items() if isinstance(by_cell, dict) else ():
        for each in listed if cell in known and isinstance(listed, list) else ():
            if isinstance(each, dict) and isinstance(each.get("endpoint"), str):
                yield _filled(each, references.variables(own))


def _filled(saved: dict[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
    """Put the values of variables into what is sent."""
    filled = saved | {"values": references.fill(saved.get("values"), variables)}
    text = saved.get("text")
    return filled | (
        {"text": references.fill_body(text, variables)} if isinstance(text, str) else {}
    )


def _example(endpoint: Routed, saved: Mapping[str, Any]) -> Example | None:
    exchange = grammar.kind_for(endpoint).exchange(endpoint)
    if exchange is None:
        return None
    given = saved.get("values")
    values: Mapping[str, Any] = given if isinstance(given, dict) else {}
    parts = {
        place: values[place] if isinstance(values.get(place), dict) else {}
        for place in ("path", "query", "headers")
    }
    query = urlencode(
        {name: _text(value) for name, value in parts["query"].items() if value is not None},
        doseq=True,
    )
    headers = {
        name: text
        for name, value in parts["headers"].items()
        if _TOKEN.fullmatch(name) and (text := str(value)).isprintable() and text.isascii()
    }
    example = Example(
        key=endpoint.key,
        name=str(saved.get("name", "")),
        verb=exchange.verb,
        target=_path(endpoint.path, parts["path"]) + (f"?{query}" if query else ""),
        headers=headers,
        expected=expectations.read(saved.get("expect")) if exchange.verb else None,
    )
    body, written = values.get("body"), saved.get("text")
    if not isinstance(written, str):
        if body is None:
            return example
        is_text = isinstance(body, str) and not exchange.verb
        written = str(body) if is_text else json.dumps(body)
    if not exchange.verb:
        return replace(example, message=written, streams=exchange.streams)
    if all(name.lower() != "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return replace(example, body=written.encode(errors="surrogatepass"))


def _path(template: str, values: Mapping[str, Any]) -> str:
    """Fill in a path; only `{name:path}` may hold slashes of its own."""

    def fill(found: re.Match[str]) -> str:
        text = str(_text(values.get(found[1], "")))
        return quote(text, safe="/" if found[2] == ":path" else "")

    pieces: list[str] = []
    end = 0
    for found in _PARAMETER.finditer(template):
        pieces += [quote(template[end : found.start()]), fill(found)]
        end = found.end()
    return "".join([*pieces, quote(template[end:])])


def _text(value: Any) -> Any:
    """Write a value as a URL has it; a list stays one, for a parameter that repeats."""
    if isinstance(value, list):
        return [_text(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
