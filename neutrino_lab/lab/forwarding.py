"""What crosses the proxy and what does not: headers, cookies, queries, redirects. Pure functions.

The user's app shares Jupyter's origin, so neither may see or set what belongs to the other. Its
cookies are renamed with a prefix of their own and bound to its path on the way out, and get their
names back on the way in; all other cookies stay here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, unquote_plus, urljoin, urlsplit, urlunsplit

from neutrino_lab.lab.errors import PathRefusedError
from neutrino_lab.serve.call_context import CALL_HEADER

Headers = Iterable[tuple[str, str]]

SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-downloads"
# Shown by the browser's own viewer, which a sandbox would keep from starting.
# One type and no list of them, of which a browser would take the last.
_VIEWED = re.compile(r"application/pdf\s*(;[^,]*)?", re.IGNORECASE)

# Tells where a redirect would have led that is not passed on.
WITHHELD = "X-Neutrino-Withheld-Location"

_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
# What says who the user is to Jupyter, and what only a proxy may say.
_NOT_IN = _HOP_BY_HOP | {
    "authorization",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "x-csrftoken",
    "x-neutrino-key",
    "x-xsrftoken",
}
# What holds for the whole origin, which is not the app's alone.
_NOT_OUT = _HOP_BY_HOP | {
    "accept-ch",
    "activate-storage-access",
    "alt-svc",
    "clear-site-data",
    "content-security-policy-report-only",
    "critical-ch",
    "expect-ct",
    "nel",
    "observe-browsing-topics",
    "origin-agent-cluster",
    "public-key-pins",
    "public-key-pins-report-only",
    "report-to",
    "reporting-endpoints",
    "service-worker-allowed",
    "set-cookie2",
    "set-login",
    "speculation-rules",
    "strict-transport-security",
    "supports-loading-mode",
    "use-as-dictionary",
    "www-authenticate",
    "x-content-type-options",
    # What a proxy in front of Jupyter obeys: files of its own, requests of its own.
    "x-lighttpd-send-file",
    "x-lighttpd-send-tempfile",
    "x-reproxy-url",
    "x-sendfile",
    "x-sendfile2",
}
# Families that grow: of sessions bound to a device, of advertising, of what nginx obeys.
_NOT_OUT_PREFIXES = (
    "ad-auction-",
    "attribution-reporting-",
    "proxy-",
    "sec-",
    "secure-session-",
    "x-accel-",
    WITHHELD.lower(),
)
# Streams ask for it, and it says nothing but how nginx passes on this answer.
_NGINX_BUFFERING = "x-accel-buffering"
# No browser sends headers with a WebSocket, so there the name of a call comes as an argument.
_OWN_ARGUMENTS = {"token", "_xsrf", CALL_HEADER}
_COOKIE_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# As browsers read it, which is more than was ever written down.
_REFRESH = re.compile(r"\s*([\d.]+)\s*(?:[;,\s]\s*(?:url\s*=\s*)?(.*))?", re.IGNORECASE | re.DOTALL)
_PORTS = {"http": ":80", "https": ":443"}
_LOCATIONS = {"location", "content-location"}
# What `Sec-Fetch-Dest` says of a navigation.
_DOCUMENTS = {"document", "iframe", "frame", "embed", "object"}


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Where a served notebook stands: its path on the server, and the server as the client sees
    it. `prefix` has no slash at its end; `cookies` is what the names of its cookies begin with."""

    prefix: str
    scheme: str
    host: str
    cookies: str

    @property
    def origin(self) -> str:
        """Scheme and host, as browsers compare them."""
        return f"{self.scheme}://{self.host}"


def inner_path(raw: str, prefix: str) -> str:
    """Cut the prefix off a path as it was sent, undecoded. Raises PathRefusedError."""
    path = raw[len(prefix) :] or "/"
    decoded = unquote(path)
    if "\0" in decoded or "\\" in decoded:
        raise PathRefusedError("A path cannot hold a NUL character or a backslash.")
    if {".", ".."} & set(decoded.split("/")):
        raise PathRefusedError("A path cannot hold `.` or `..`, however it is spelled.")
    return path


def query(raw: str) -> str:
    """Leave Jupyter's own arguments and ours out of a query, and the rest as it was sent."""
    kept = [
        each
        for each in raw.split("&")
        if unquote_plus(each.partition("=")[0]) not in _OWN_ARGUMENTS
    ]
    return "&".join(kept)


def call(raw: str) -> str:
    """Find the name of a call in a query; empty where there is none, or no plain one."""
    found = parse_qs(raw).get(CALL_HEADER, [""])[0]
    return found if found.isascii() and found.isprintable() else ""


def request_headers(headers: Headers, place: PublicAddress, client: str) -> list[tuple[str, str]]:
    """Choose what of a request's headers the app gets."""
    listed = list(headers)
    dropped = _NOT_IN | _named_by_connection(listed)
    kept = [
        (name, _without_secrets(_spelled(text)) if name.lower() == "referer" else _spelled(text))
        for name, text in listed
        if name.lower() not in dropped and not name.lower().startswith("x-forwarded-")
    ]
    cookies = [
        each.removeprefix(place.cookies)
        for name, text in listed
        if name.lower() == "cookie"
        for each in map(str.strip, _spelled(text).split(";"))
        if each.startswith(place.cookies)
    ]
    if cookies:
        kept.append(("Cookie", "; ".join(cookies)))
    if "content-length" not in _named_by_connection(listed):
        # Said twice it is said once; that both are the same is Tornado's to check.
        lengths = [text for name, text in listed if name.lower() == "content-length"]
        kept += [("Content-Length", each.partition(",")[0].strip()) for each in lengths[:1]]
    kept += [
        ("X-Forwarded-For", client),
        ("X-Forwarded-Host", place.host),
        ("X-Forwarded-Proto", place.scheme),
        ("X-Forwarded-Prefix", place.prefix),
    ]
    return kept


def answer_headers(  # noqa: PLR0913 - what it decides on, each by its name
    headers: Headers,
    place: PublicAddress,
    path: str,
    *,
    sandboxed: bool,
    may_leave: bool,
    admit: Callable[[str], bool],
) -> list[tuple[str, str]]:
    """Choose what of an answer's headers the client gets; `path` is what was asked for.

    `may_leave` says whether a redirect may lead out of the prefix, `admit` which cookies pass.
    """
    listed = list(headers)
    dropped = _named_by_connection(listed)
    kept = []
    for name, text in listed:
        lowered = name.lower()
        if lowered in dropped or _is_kept_back(lowered):
            continue
        changed: str | None = text
        if lowered == "set-cookie":
            changed = cookie(text, place)
            if changed is not None and not admit(changed):
                changed = None
        elif lowered in _LOCATIONS:
            changed = location(text, place, path, may_leave=may_leave)
            if changed is None and lowered == "location" and text.isprintable():
                kept.append((WITHHELD, text))
        elif lowered == "refresh":
            changed = _refresh(text, place, path, may_leave=may_leave)
        if changed is not None:
            kept.append((name, changed))
    return [*kept, *_ours(kept, sandboxed=sandboxed)]


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Tell whether the browser itself shows the answer: no script can say so of its own calls.

    The browser then decides again which cookies go along to where a redirect leads, and sends none
    of the headers with which a page of Jupyter's proves itself.
    """
    return (
        headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") in _DOCUMENTS
    )


def cookie(text: str, place: PublicAddress) -> str | None:
    """Bind a `Set-Cookie` of the app to the app; None for what is no cookie."""
    pair, *attributes = (each.strip() for each in text.split(";"))
    name, equals, value = pair.partition("=")
    if not equals or not _COOKIE_NAME.fullmatch(name.strip()):
        return None
    kept = [f"{place.cookies}{name.strip()}={value.strip()}"]
    inner = ""
    for attribute in attributes:
        key, _, given = attribute.partition("=")
        key = key.strip().lower()
        if key == "path":
            inner = given.strip()
        elif key != "domain":
            kept.append(attribute)
    # The app may or may not know that it stands under a prefix.
    inner = inner.removeprefix(place.prefix)
    if not inner.startswith("/") or ".." in inner:
        inner = "/"
    return "; ".join([*kept, f"Path={place.prefix}{inner}"])


def location(
    target: str, place: PublicAddress, path: str, *, may_leave: bool = False
) -> str | None:
    """Keep a redirect within the prefix; None for what leads elsewhere, unless it may.

    What is certain to be this server is written as a path below the prefix. There are more
    spellings of a host than can be listed, so all else counts as elsewhere.
    """
    if any(ord(character) < 33 or character in "\\\x7f" for character in target):
        return None
    try:
        parts = urlsplit(urljoin(f"{place.origin}{place.prefix}{path}", target))
    except ValueError:
        return None
    if parts.scheme not in _PORTS:
        return None
    if _host(parts.scheme, parts.netloc) != _host(place.scheme, place.host):
        return target if may_leave else None
    inner = parts.path
    if inner == place.prefix or inner.startswith(f"{place.prefix}/"):
        inner = inner[len(place.prefix) :]
    inner = "/" + inner.lstrip("/")
    if {".", ".."} & {each.partition(";")[0] for each in unquote(inner).split("/")}:
        inner = "/"
    return urlunsplit(("", "", f"{place.prefix}{inner}", parts.query, parts.fragment))


def _ours(kept: list[tuple[str, str]], *, sandboxed: bool) -> Iterator[tuple[str, str]]:
    media = [text.strip() for name, text in kept if name.lower() == "content-type"]
    yield "X-Content-Type-Options", "nosniff"
    if sandboxed and not (media and all(map(_VIEWED.fullmatch, media))):
        yield "Content-Security-Policy", SANDBOX


def _is_kept_back(name: str) -> bool:
    return name in _NOT_OUT or (name.startswith(_NOT_OUT_PREFIXES) and name != _NGINX_BUFFERING)


def _refresh(text: str, place: PublicAddress, path: str, *, may_leave: bool) -> str | None:
    found = _REFRESH.fullmatch(text)
    if found is None or found[2] is None:
        return found and text
    kept = location(found[2].strip(" '\""), place, path, may_leave=may_leave)
    return None if kept is None else f"{found[1]};url={kept}"


def _host(scheme: str, authority: str) -> str:
    """What tells one server from another: neither who asks nor a port that goes without saying."""
    return authority.rpartition("@")[2].lower().removesuffix(_PORTS[scheme])


def _spelled(text: str) -> str:
    """Read what Tornado read as Latin-1 as the UTF-8 that it will be sent in, if that is it."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _named_by_connection(headers: list[tuple[str, str]]) -> set[str]:
    return {
        each.strip().lower()
        for name, text in headers
        if name.lower() == "connection"
        for each in text.split(",")
    }


def _without_secrets(url: str) -> str:
    start, mark, rest = url.partition("?")
    kept = query(rest.partition("#")[0])
    return f"{start}{mark and kept and mark}{kept}"
