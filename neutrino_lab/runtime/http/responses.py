"""A function's result → an HTTP response: JSON, or what the declared media type says."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError
from starlette.responses import Response

from ..encoding import arrays, encode, pictures, pyplot
from ..observe.remarks import REMARKS

JSON = "application/json"
BINARY = "application/octet-stream"

_BYTES = (bytes, bytearray, memoryview)
SIMPLE = (dict, list, str, int, float, bool, type(None), tuple)
_PLAIN = frozenset(SIMPLE)
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)


class Rendered(Response):
    """A response made from a result, as opposed to one that the user made.

    Starlette's own would work out the two headers each time.
    """

    def __init__(self, body: bytes, media_type: str) -> None:
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), _content_type(media_type)]


@lru_cache(maxsize=64)
def _content_type(media_type: str) -> tuple[bytes, bytes]:
    """The header that Starlette writes for a media type."""
    return Response(media_type=media_type).raw_headers[-1]


class MisfitError(TypeError):
    """A result does not fit the declared `resp`."""


class Shape:
    """The declared `resp`: what a result is converted to, and its JSON."""

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model
        self._names = [f.alias or name for name, f in model.model_fields.items()]

    def dumps(self, result: Any) -> bytes:
        """Write the declared fields of a result. Raises MisfitError."""
        members = self._members(result)
        try:
            return self._write(members)
        except (ValidationError, PydanticSerializationError):
            # What pydantic does not know, an array for one, it may know once taken apart.
            members = encode.tree(members, keeps_nan=True)
        try:
            return self._write(members)
        except ValidationError as misfit:
            told = "; ".join(
                f"{'.'.join(map(str, each['loc'])) or 'the result'}: {each['msg']}"
                for each in misfit.errors(include_url=False, include_input=False)
            )
            raise MisfitError(f"the result does not fit `resp`: {told}") from None

    def _write(self, members: Any) -> bytes:
        made = self.model.model_validate(members)
        return made.__pydantic_serializer__.to_json(made, by_alias=True)

    def _members(self, result: Any) -> Any:
        """The declared fields that the result has, by whatever means it has them."""
        if isinstance(result, Mapping):
            found = result
        elif isinstance(result, tuple) and hasattr(result, "_asdict"):
            found = result._asdict()
        else:
            plain = None if isinstance(result, SIMPLE) else encode.plain(result)
            if not isinstance(plain, Mapping):
                return result
            # What is not stored but computed is an attribute too: a property.
            computed = (n for n in self._names if n not in plain and hasattr(result, n))
            found = {**plain, **{name: getattr(result, name) for name in computed}}
        remarks = REMARKS.get()
        if remarks is not None:
            remarks.drop(name for name in found if name not in self._names)
        return {
            name: list(value) if isinstance(value := found[name], Iterator) else value
            for name in self._names
            if name in found
        }


def render(result: Any, media: str = "", shape: Shape | None = None) -> Response:
    """Make the response to a finished result. Raises what cannot be written.

    With a media type that is not JSON, `shape` only documents.
    """
    if type(result) in _PLAIN and not media and shape is None:
        return Rendered(encode.dumps(result), JSON)
    if isinstance(result, Response):
        return result
    if isinstance(result, (io.BytesIO, io.StringIO)):
        # What was just written into a buffer, wherever its position is.
        result = result.getvalue()
    if shape is not None and not media:
        return Rendered(shape.dumps(result), JSON)
    drawn = _drawn(result, media)
    if drawn is not None:
        return _picture(*drawn, media)
    if not media and isinstance(result, _BYTES):
        return Rendered(bytes(result), BINARY)
    # Only text in a declared media type is taken to be in it already.
    written = content(result, media, shape) if media else encode.dumps(result)
    return Rendered(written, media or JSON)


def content(result: Any, media: str, shape: Shape | None = None) -> bytes:
    """Write a result in a media type; text and bytes are taken to be in it already."""
    kind = media.partition(";")[0].strip().lower()
    if isinstance(result, _BYTES):
        return bytes(result)
    if isinstance(result, str):
        return _encoded(result, media)
    if kind == JSON or kind.endswith("+json"):
        return encode.dumps(result) if shape is None else shape.dumps(result)
    if result is None:
        return b""
    if kind.startswith("text/"):
        return _encoded(_TEXTS.get(kind, str)(result), media)
    return encode.dumps(result)


def _drawn(result: Any, media: str) -> tuple[bytes, str] | None:
    """The picture that a result is, or, where one is asked for, what the call has drawn last: as in
    a notebook, which shows it whatever the function returns."""
    is_requested = pictures.is_requested(media) and not isinstance(result, (str, *_BYTES))
    if isinstance(result, SIMPLE) and not is_requested:
        return None
    is_picture = pictures.is_picture(result)
    if is_picture and not pictures.is_blank(result):
        return pictures.render(result, media)
    if is_picture or is_requested:
        return pyplot.render_last(media) or pictures.render(result, media)
    return None


def _picture(drawn: bytes, drawn_as: str, media: str) -> Response:
    if not media.startswith("text/html"):
        return Rendered(drawn, drawn_as)
    text = base64.b64encode(drawn).decode()
    return Rendered(f'<img src="data:{drawn_as};base64,{text}">'.encode(), media)


def _encoded(text: str, media: str) -> bytes:
    named = _CHARSET.search(media)
    try:
        return text.encode(named[1] if named else "utf-8", "replace")
    except LookupError:
        return text.encode("utf-8", "replace")


def _html(value: Any) -> str:
    if arrays.is_table(value) and not hasattr(value, "to_html"):
        value = value.to_frame()
    for name in ("to_html", "_repr_html_"):
        method = getattr(value, name, None)
        written = method() if callable(method) else None
        if isinstance(written, str):
            return written
    return str(value)


def _csv(value: Any) -> str:
    if arrays.is_table(value):
        return str(value.to_csv(index=arrays.keeps_index(value), lineterminator="\r\n"))
    rows = encode.tree(value)
    if not isinstance(rows, list):
        raise encode.EncodeError(f"{type(value).__qualname__} has no CSV form")
    target = io.StringIO()
    if rows and all(isinstance(row, dict) for row in rows):
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(target, names)
        writer.writeheader()
        writer.writerows(rows)
        return target.getvalue()
    csv.writer(target).writerows(row if isinstance(row, list) else [row] for row in rows)
    return target.getvalue()


_TEXTS: Mapping[str, Callable[[Any], str]] = {"text/html": _html, "text/csv": _csv}
