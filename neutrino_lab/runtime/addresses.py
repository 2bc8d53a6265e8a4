"""Hosts and origins as an operator writes them into a variable."""

from __future__ import annotations

import re

ALL_ORIGINS = "*"
ALL_HOSTS = "*"
SEPARATORS = re.compile(r"[\s,]+")

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(\[[0-9a-f:.]+\]|[^\s/?#@*:\\\[\]]+)(:\d{1,5})?")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_HOST = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


def hosts(text: str) -> tuple[str, ...]:
    """Read names of hosts, or `*` for all. Raises ValueError with what is wrong."""
    listed = [each.lower() for each in SEPARATORS.split(text) if each]
    if text and not listed:
        raise ValueError("there is no host in it; leave it empty for the default")
    if ALL_HOSTS in listed:
        if len(listed) > 1:
            raise ValueError("`*` allows every host, so it stands alone")
        return (ALL_HOSTS,)
    for each in listed:
        if not _HOST.fullmatch(each):
            raise ValueError(
                f"{each!r} is no host; write names without scheme and port, such as "
                "api.example.com, *.example.com or [::1]"
            )
    return tuple(dict.fromkeys(listed))


def origins(text: str) -> tuple[str, ...]:
    """Read origins of web pages, or `*` for all. Raises ValueError with what is wrong."""
    listed = [each.lower() for each in SEPARATORS.split(text) if each]
    if text and not listed:
        raise ValueError("there is no origin in it; leave it empty to allow none")
    if ALL_ORIGINS in listed:
        if len(listed) > 1:
            raise ValueError("`*` allows every origin, so it stands alone")
        return (ALL_ORIGINS,)
    return tuple(dict.fromkeys(map(_origin, listed)))


def _origin(text: str) -> str:
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no origin; write scheme, host and port alone, such as "
            "https://app.example.com or http://localhost:3000"
        )
    scheme, host, port = found.groups(default="")
    # Browsers leave it out.
    return f"{scheme}://{host}{'' if port == _DEFAULT_PORTS.get(scheme) else port}"
