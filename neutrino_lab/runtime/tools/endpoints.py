"""Declared HTTP endpoints as tools: their definitions, and a call's arguments as a request."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
import secrets
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from .. import arguments
from ..arguments import Input
from ..errors import ToolError
from ..spec import Http
from .definition import Tool

# What every provider takes as the name of a tool and of an argument.
_MOST_NAME = 64
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")
_WHOLE_BODY = "body"
_JSON = "application/json"
_FILE = {"type": "string", "contentEncoding": "base64"}


@dataclass(frozen=True, slots=True)
class EndpointTool:
    """An endpoint as a tool; `inputs` are by the names of the tool's arguments."""

    tool: Tool
    http: Http
    inputs: Mapping[str, Input]


@dataclass(frozen=True, slots=True)
class Request:
    """What a call sends: path and query as they travel, in `target`."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


def make(
    http: Http,
    name: str,
    *,
    docstring: str,
    inputs: Iterable[Input],
    output: Mapping[str, Any] | None,
) -> EndpointTool:
    """Describe an endpoint. `output` is the schema of its declared `resp`, None for none."""
    named: dict[str, Input] = {}
    for each in inputs:
        named[_argument(each, named)] = each
    tool = Tool(
        name=fit(name),
        title=f"{http.verb} {http.path}",
        description=docstring.strip() or f"{http.verb} {http.path}",
        schema=_schema(named),
        output=None if output is None or http.media else output,
        reads=http.verb == "GET",
        destroys=http.verb == "DELETE",
        reaches_out=True,
    )
    return EndpointTool(tool, http, named)


def apart(listed: Iterable[EndpointTool], taken: Iterable[str] = ()) -> list[EndpointTool]:
    """Give tools names of their own, besides those that are taken."""
    used, found = set(taken), []
    for each in listed:
        name = _free(each.tool.name, used)
        used.add(name)
        found.append(replace(each, tool=replace(each.tool, name=name)))
    return found


def fit(name: str) -> str:
    """Make a tool's name that every provider takes: other characters become `_`, and it is cut."""
    return _UNFIT.sub("_", name)[:_MOST_NAME] or "tool"


def object_schema(parts: Mapping[str, Mapping[str, Any]], required: Sequence[str]) -> Any:
    """Make the schema of an object from those of its parts; what they define stands at its top,
    where their references look for it."""
    definitions: dict[str, Any] = {}
    properties = {name: _hoisted(part, definitions) for name, part in parts.items()}
    made = {"type": "object", "properties": properties, "required": list(required)}
    return {**made, "$defs": definitions} if definitions else made


def request(called: EndpointTool, given: Mapping[str, Any]) -> Request:
    """Make the request of a call. Raises ToolError where an argument is missing, unknown or cannot
    be sent; whether the values fit, the endpoint itself says."""
    sent = _sent(called, given)
    http = called.http
    path = {each.name: value for each, value in sent if each.place == "path"}
    pairs = [(e.name, one) for e, value in sent if e.place == "query" for one in _texts(value)]
    target = _filled(http.path, path) + (f"?{urlencode(pairs)}" if pairs else "")
    headers = [
        (each.name, _line(each.name, one))
        for each, value in sent
        if each.place == "header"
        for one in _texts(value)
    ]
    content = [(each, value) for each, value in sent if each.place in ("form", "file", "body")]
    if any(each.place in ("form", "file") for each in called.inputs.values()):
        media, body = _form(content)
    else:
        media, body = _JSON, _body(content)
    if body:
        headers.append(("content-type", media))
    return Request(http.verb, target, tuple(headers), body)


def _argument(given: Input, taken: Mapping[str, Input]) -> str:
    name = fit(given.name) if given.name else _WHOLE_BODY
    if name in taken:
        name = fit(f"{given.place}_{given.name}")
    return _free(name, taken)


def _free(name: str, taken: Container[str]) -> str:
    """The name itself, or with a number where it is taken."""
    free, n = name, 2
    while free in taken:
        ending = f"_{n}"
        free, n = name[: _MOST_NAME - len(ending)] + ending, n + 1
    return free


def _schema(inputs: Mapping[str, Input]) -> Mapping[str, Any]:
    parts: dict[str, Mapping[str, Any]] = {}
    for name, each in inputs.items():
        part = _as_text(each.schema) if each.place == "file" else each.schema
        part = {key: value for key, value in part.items() if key != "title"}
        if not each.required and each.default is not None:
            part = {**part, "default": each.default}
        parts[name] = part
    made = object_schema(parts, [name for name, each in inputs.items() if each.required])
    return {**made, "additionalProperties": False}


def _as_text(schema: Any) -> Any:
    """Ask for the bytes of a file in a way that JSON can carry."""
    if not isinstance(schema, Mapping):
        return schema
    if schema.get("type") == "string":
        return _FILE
    return {
        name: [_as_text(e) for e in part] if isinstance(part, list) else _as_text(part)
        for name, part in schema.items()
    } or _FILE


def _hoisted(part: Mapping[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    own = copy.deepcopy(dict(part))
    renamed = {}
    for name, definition in own.pop("$defs", {}).items():
        chosen, n = name, 2
        while chosen in definitions and definitions[chosen] != definition:
            chosen, n = f"{name}_{n}", n + 1
        definitions[chosen] = definition
        if chosen != name:
            renamed[f"#/$defs/{name}"] = f"#/$defs/{chosen}"
    return _redirected(own, renamed) if renamed else own


def _redirected(schema: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(schema, list):
        return [_redirected(each, renamed) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: renamed.get(part, part)
        if name == "$ref" and isinstance(part, str)
        else _redirected(part, renamed)
        for name, part in schema.items()
    }


def _sent(called: EndpointTool, given: Mapping[str, Any]) -> list[tuple[Input, Any]]:
    """Pair what is given with where it goes; a model writes null for what it leaves out."""
    known, name = called.inputs, called.tool.name
    if unknown := [each for each in given if each not in known]:
        listed = ", ".join(known) or "none"
        raise ToolError(f"{name} has no argument {unknown[0]}; it has {listed}.")
    sent: list[tuple[Input, Any]] = []
    for argument, each in known.items():
        value = given.get(argument)
        is_left_out = value is None and not (
            argument in given and each.place == "body" and (each.required or _takes_null(each))
        )
        if not is_left_out:
            sent.append((each, value))
        elif each.required:
            raise ToolError(f"{name} needs the argument {argument}.")
    return sent


def _takes_null(given: Input) -> bool:
    kinds = [given.schema, *given.schema.get("anyOf", ())]
    return not given.schema or any(each.get("type") == "null" for each in kinds)


def _filled(path: str, values: Mapping[str, Any]) -> str:
    def fill(found: re.Match[str]) -> str:
        name, converter = found[1], found[2]
        text = _text(values.get(name, ""))
        if converter == "path":
            return quote(text, safe="/")
        if not text or "/" in text:
            raise ToolError(f"{name} is a part of the path: it cannot be empty or hold a slash.")
        return quote(text, safe="")

    return arguments.PARAMETER.sub(fill, path)


def _texts(value: Any) -> list[str]:
    """Write a value as a query or a header has it: a list of plain values as a repeated one."""
    if isinstance(value, list) and not any(isinstance(each, (list, dict)) for each in value):
        return [_text(each) for each in value]
    return [_text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _line(name: str, text: str) -> str:
    if not text.isprintable() or not text.isascii():
        raise ToolError(f"The header {name} can hold printable ASCII characters only.")
    return text


def _body(sent: Sequence[tuple[Input, Any]]) -> bytes:
    whole = [value for each, value in sent if not each.name]
    if whole:
        return json.dumps(whole[0]).encode()
    named = {each.name: value for each, value in sent}
    return json.dumps(named).encode() if named else b""


def _form(sent: Sequence[tuple[Input, Any]]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    parts = []
    for each, value in sent:
        head = f'Content-Disposition: form-data; name="{quote(each.name, safe=" ")}"'
        if each.place == "file":
            for one in value if isinstance(value, list) else [value]:
                kind = f'; filename="{quote(each.name)}"\r\nContent-Type: application/octet-stream'
                parts.append((head + kind, _bytes(each, one)))
        else:
            parts += [(head, text.encode()) for text in _texts(value)]
    body = b"".join(
        b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content)
        for head, content in parts
    )
    closed = body + b"--%s--\r\n" % boundary.encode()
    return f"multipart/form-data; boundary={boundary}", closed


def _bytes(given: Input, value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError, binascii.Error):
        raise ToolError(f"{given.name} has to be the bytes of a file as base64.") from None
