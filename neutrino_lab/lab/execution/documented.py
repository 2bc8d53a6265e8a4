"""What a live app says of its endpoints in its openapi.json: it alone knows the notebook's models.

The preview's form takes its fields from there as well, where a declaration names a type that only
a run can tell.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import aiohttp

from neutrino_lab.lab.errors import NotLiveError
from neutrino_lab.lab.registry import Notebook
from neutrino_lab.runtime.arguments import Input
from neutrino_lab.runtime.paths import OPENAPI
from neutrino_lab.runtime.tools import endpoints
from neutrino_lab.runtime.tools.endpoints import EndpointTool

_PATIENCE_S = 3.0
_COMPONENTS = "#/components/schemas/"
_CONVERTER = re.compile(r":\w+\}")
_NULL = {"type": "null"}
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")

Document = Mapping[str, Any]


class Documents:
    """The newest openapi.json of each served notebook."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[object, Document]] = {}

    async def of(self, notebook: Notebook) -> Document:
        """Ask the app, once for each version of it; empty where it does not say."""
        status = notebook.status
        version = (status.version, status.started, status.restarts)
        known = self._known.get(notebook.id)
        if known is not None and known[0] == version:
            return known[1]
        try:
            found = await asyncio.wait_for(_ask(notebook), _PATIENCE_S)
        except (NotLiveError, aiohttp.ClientError, OSError, ValueError, asyncio.TimeoutError):
            return {}
        document = found if isinstance(found, dict) else {}
        self._known[notebook.id] = (version, document)
        return document


def completed(found: EndpointTool, document: Document) -> EndpointTool:
    """Describe an endpoint by what its live app says of it."""
    path = _CONVERTER.sub("}", found.http.path)
    operation = _within(document, "paths", path, found.http.verb.lower())
    if not operation:
        return found
    schemas = _within(document, "components", "schemas")
    content = _within(operation, "requestBody", "content")
    media, body = next(((m, _within(c, "schema")) for m, c in content.items()), ("", {}))
    inputs = [
        _input(each, _declared(each, operation, body, schemas), schemas, is_form=media in _FORMS)
        for each in found.inputs.values()
    ]
    tool = found.tool
    return endpoints.make(
        found.http, tool.name, docstring=tool.description, inputs=inputs, output=tool.output
    )


async def _ask(notebook: Notebook) -> Any:
    upstream = await notebook.reach()
    async with upstream.session.get(upstream.url(OPENAPI, ""), headers=upstream.headers) as answer:
        return json.loads(await answer.read())


def _declared(
    given: Input, operation: Document, body: Document, schemas: Document
) -> Mapping[str, Any]:
    if given.place in ("path", "query", "header"):
        listed = operation.get("parameters", ())
        found = (e for e in listed if (e.get("in"), e.get("name")) == (given.place, given.name))
        return _within(next(found, {}), "schema")
    if not given.name:
        return body
    name = str(body.get("$ref", "")).removeprefix(_COMPONENTS)
    return _within(schemas.get(name, body), "properties", given.name)


def _input(given: Input, known: Document, schemas: Document, *, is_form: bool) -> Input:
    place = given.place
    if is_form and place == "body":
        place = "file" if _is_binary(known) or _is_binary(_within(known, "items")) else "form"
    own = {name: part for name, part in known.items() if name not in ("title", "default")}
    if not own or _is_whole(given.schema):
        return replace(given, place=place)
    if not given.required and not re.search(r"\b(None|Optional)\b", given.type):
        # That it may be left out is told already.
        kinds = [each for each in own.get("anyOf", ()) if each != _NULL]
        own = kinds[0] if len(kinds) == 1 else own
    used = dict.fromkeys(_used(own, schemas))
    named = str(own.get("$ref", "")).removeprefix(_COMPONENTS)
    if named in used and named not in _used(schemas[named], schemas):
        # As pydantic writes it: what is not used again stands where it is used.
        own = schemas[named]
        del used[named]
    definitions = {name: _moved(schemas[name]) for name in used}
    made = _moved(own)
    return replace(
        given, place=place, schema={**made, "$defs": definitions} if definitions else made
    )


def _is_whole(schema: Any) -> bool:
    """Whether a schema leaves nothing open, so that a run has nothing to add."""
    if isinstance(schema, list):
        return all(map(_is_whole, schema))
    if not isinstance(schema, dict):
        return True
    inner = [part for name, part in schema.items() if name not in ("default", "enum", "const")]
    return bool(schema) and all(map(_is_whole, inner))


def _is_binary(schema: Document) -> bool:
    octets = schema.get("contentMediaType") == "application/octet-stream"
    return octets or schema.get("format") == "binary"


def _used(schema: Any, schemas: Document, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Name the components that a schema refers to, those of components too."""
    if isinstance(schema, list):
        for each in schema:
            yield from _used(each, schemas, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).removeprefix(_COMPONENTS)
    if name in schemas and name not in seen:
        yield name
        yield from _used(schemas[name], schemas, seen | {name})
    for each in schema.values():
        yield from _used(each, schemas, seen)


def _moved(schema: Any) -> Any:
    """Let references point at definitions of the same schema."""
    if isinstance(schema, list):
        return [_moved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: part.replace(_COMPONENTS, "#/$defs/")
        if name == "$ref" and isinstance(part, str)
        else _moved(part)
        for name, part in schema.items()
    }


def _within(document: Any, *names: str) -> dict[str, Any]:
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}
