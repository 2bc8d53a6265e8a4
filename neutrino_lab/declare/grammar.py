"""The table of declarations: kinds, their keys, the form of each value, one example of each.

The parser, the rules and the reference page all read it. A new key is a row in the module of its
kind and a line where its value is used; a new kind is a module beside this one and a row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neutrino_lab.declare import http, schedule, stream, ws
from neutrino_lab.declare.kind import Form, Kind
from neutrino_lab.runtime.spec import Endpoint, Routed

KINDS: tuple[Kind[Any], ...] = (http.KIND, ws.KIND, schedule.KIND, stream.KIND)

# Which kinds a rule is for, by what they have.
ALL = tuple(kind.word for kind in KINDS)
ROUTED = tuple(kind.word for kind in KINDS if kind.has_path)
# Their callers' values reach the function.
CALLED = tuple(kind.word for kind in KINDS if issubclass(kind.spec, Routed))
WITH_FIELDS = tuple(kind.word for kind in KINDS if any(key.form == "fields" for key in kind.keys))

FORMS: Mapping[Form, str] = {
    "fields": "`name: type = default`, separated by commas; `?` after the name or the type means "
    "that it may be left out",
    "bool": "`true` or `false`",
    "choice": "one of the words",
    "media": "`html`, `text`, `csv`, `json`, `png`, `svg`, `xml`, `sse`, or a media type such as "
    "`application/pdf`",
    "cron": "`second minute hour day month weekday`, or the classic five without seconds",
    "interval": "a whole number and `s`, `m`, `h` or `d`",
    "timezone": "a name such as `Europe/Rome`",
    "source": "a URI of [a source](#sources), with parameters of the path in it",
    "name": "a name, as of a function",
    "operator": "`map`, `filter`, `flat_map`, `accumulate`, or the name of "
    "[a built-in operator](#built-in-operators)",
    "window": "`5`, `5 every 1`, `10s`, `10s every 2s` or `session 30s`",
    "path": "names with dots between them",
    "words": "words, separated by commas",
    "number": "a number",
    "budget": "calls a minute and in all",
    "count": "a whole number from 0 to 10",
    "webhook": "a URL that begins with `https://`, or `$NAME` for a variable that holds it",
    "duration": "such as `500ms`, `10s`, `5m`; or `off`",
    "prose": "any text",
}

# What other tools call these keys; offered as the correction of an unknown key.
KEY_ALIASES: Mapping[str, str] = {
    "response": "resp",
    "returns": "resp",
    "result": "resp",
    "params": "query",
    "parameters": "query",
    "args": "query",
    "payload": "body",
    "json": "body",
    "data": "body",
    "header": "headers",
    "content-type": "media",
    "msg": "message",
    "mode": "type",
    "every": "interval",
    "tz": "timezone",
    "zone": "timezone",
}

_BY_WORD: Mapping[str, Kind[Any]] = {kind.word: kind for kind in KINDS}
_BY_SPEC: Mapping[str, Kind[Any]] = {kind.spec.kind: kind for kind in KINDS}
KIND_ALIASES: Mapping[str, str] = {alias: kind.word for kind in KINDS for alias in kind.aliases}


def kind_of(word: str) -> Kind[Any] | None:
    """Find a kind by its word, which is upper case exactly."""
    return _BY_WORD.get(word)


def kind_for(endpoint: Endpoint) -> Kind[Any]:
    """Find the kind of an endpoint by the class of its spec."""
    return _BY_SPEC[endpoint.kind]
