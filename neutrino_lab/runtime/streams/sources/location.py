"""Where a source is: its URI taken apart, the parameters of the stream's path filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, unquote

PARAMETER = re.compile(r"\{(\w+)\}")

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True)
class Location:
    """The parts of `scheme://host/path#fragment?options`; `query` is the options' own text."""

    scheme: str
    host: str = ""
    path: str = ""
    fragment: str = ""
    query: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """What messages say: without a password, and without a query that may hold a token."""
        host = self.host.rpartition("@")[2]
        return f"{self.scheme}:{f'//{host}' if host else ''}{self.path}"

    @property
    def about(self) -> str:
        """What a URI without `//` says after its scheme: the path."""
        return self.path


def parse(uri: str) -> Location:
    """Take a URI apart; its parameters stay as they are written. Raises ValueError."""
    scheme, colon, rest = uri.strip().partition(":")
    if not colon or not re.fullmatch(r"[a-z][a-z0-9+]*", scheme):
        raise ValueError(f"`{uri}` does not begin with the kind of a source, such as `ws://`")
    # The lane of SwimOS stands before its options or after them.
    rest, mark, query = rest.partition("?")
    rest, _, fragment = rest.partition("#")
    if mark and not fragment:
        query, _, fragment = query.partition("#")
    host = ""
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        rest = slash + path
        if not host:
            raise ValueError(f"`{uri}` names no host")
        if PARAMETER.search(host):
            raise ValueError("a parameter cannot be the host: the caller would choose it")
    return Location(scheme, host, rest, fragment, query, dict(parse_qsl(query, True)))


def fill(location: Location, parameters: Mapping[str, str]) -> Location:
    """Put in the values of parameters. Raises ValueError for one that would lead elsewhere."""
    for name, value in parameters.items():
        if value in ("", ".", "..") or any(each in "/\\\x00" for each in value):
            raise ValueError(f"`{name}` cannot be {value!r}")

    def put(text: str, *, is_quoted: bool = False) -> str:
        def value_of(found: re.Match[str]) -> str:
            value = parameters.get(found[1], found[0])
            return quote(value, safe="") if is_quoted else value

        return PARAMETER.sub(value_of, text)

    return replace(
        location,
        path=put(location.path, is_quoted=bool(location.host)),
        fragment=put(location.fragment),
        query=put(location.query, is_quoted=True),
        options={name: put(value) for name, value in location.options.items()},
    )


def path_of(location: Location) -> str:
    """The path as text, without what URIs escape."""
    return unquote(location.path)


def seconds(text: str) -> float:
    """Read `500ms`, `1s`, `5m`, `2h` or `1d`. Raises ValueError."""
    found = _DURATION.fullmatch(text.strip())
    duration_s = float(found[1]) * _UNITS_S[found[2]] if found else 0.0
    if duration_s <= 0:
        raise ValueError(f"`{text}` is no duration; write such as `500ms`, `10s`, `5m`")
    return duration_s


def number(text: str) -> float:
    """Read a number of 0 or more. Raises ValueError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError(f"`{text}` is not a number of 0 or more")
    return value
