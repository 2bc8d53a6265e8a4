"""Where a Redis is, what it is asked before anything starts, and what its refusals mean."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..errors import BusError
from .contract import Identity, Kept

SCHEMES = ("redis", "rediss", "unix")
OLDEST = (6, 2)
CLAIM_S = 10.0
LINE = "run"
TIMEOUT_S = 5.0
_CLAIM = "claim_s"
# What of a client's options is set here.
_OURS = frozenset({"decode_responses", "encoding", "encoding_errors", "protocol"})
_SHORTEST_CLAIM_S = 1.0
# What Redis and Valkey say, with or without the word that redis-py takes away.
_REFUSES_WHO = ("wrongpass", "noauth", "invalid password", "invalid username", "authentication")


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """The URL of a Redis, without our own options. A replica that has not been heard of for
    `claim_s` seconds counts as dead, and others run what it had begun."""

    url: str
    claim_s: float = CLAIM_S

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"

    @property
    def shown(self) -> str:
        """The URL without its password, for people and logs."""
        parts = urlsplit(self.url)
        _, at, host = parts.netloc.rpartition("@")
        return urlunsplit((parts.scheme, f"…@{host}" if at else host, parts.path, "", ""))


def read(text: str) -> Address:
    """Read the URL. Raises ValueError with what is wrong with it; the URL is never repeated, as it
    may hold a password."""
    if find_spec("redis") is None:
        raise ValueError("needs a package that is missing: pip install 'redis>=5'")
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        claim_s = float(options.pop(_CLAIM, CLAIM_S))
        url = urlunsplit(parts._replace(query=urlencode(options)))
        is_whole = bool(parts.path) if parts.scheme == "unix" else _is_host(parts)
        # Makes a connection, which is not opened yet, with all that the URL says of it.
        import_module("redis").ConnectionPool.from_url(url).make_connection()
        is_usable = not options.keys() & _OURS
    except ValueError:
        is_whole = False
    except TypeError:
        is_usable = False
    if not is_whole:
        raise ValueError(
            "this is no URL of a Redis; write such as redis://:PASSWORD@host:6379/0, with special "
            "characters of the password as %XX"
        )
    if not is_usable:
        raise ValueError(
            f"an option at the end of the URL cannot be used: {', '.join(sorted(options))}; "
            f"there is `{_CLAIM}`, and what redis-py lets a connection be given"
        )
    if not _SHORTEST_CLAIM_S <= claim_s <= 3600:
        raise ValueError(f"{_CLAIM} is a number of seconds, from 1 to 3600")
    return Address(url, claim_s)


def _is_host(parts: SplitResult) -> bool:
    """Whether there is a host, with a port or none, and the number of a database or none. Raises
    ValueError for a port that is no number."""
    database = parts.path.strip("/")
    return bool(parts.hostname) and parts.port != 0 and (not database or database.isdecimal())


def prefix_of(service: str) -> str:
    """How the names of all keys of a service begin; no service's is the beginning of another's."""
    return f"neutrino:{quote(service, safe='')}"


def options() -> dict[str, Any]:
    """Options of every client: each command has its limit of time, and none is sent twice."""
    no_backoff = import_module("redis.backoff").NoBackoff()
    return {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": import_module("redis.retry").Retry(no_backoff, 0),
        "protocol": 2,
    }


def check(address: Address, service: str, identity: Identity) -> None:
    """Ask a Redis whether it will do. Raises BusError where it will not, and says nothing of one
    that cannot be reached: it may be on its way."""
    redis = import_module("redis")
    exceptions = redis.exceptions
    client = redis.Redis.from_url(address.url, **options())
    try:
        version = client.info("server").get("redis_version", "")
        refuse_old(version)
        found = client.hgetall(f"{prefix_of(service)}:replicas")
        seconds, _ = client.time()
    except exceptions.ConnectionError as error:
        if (reason := refusal(error)) and not isinstance(error, exceptions.BusyLoadingError):
            raise BusError(f"{address.shown}: {reason}") from None
        return
    except exceptions.ResponseError as error:
        raise BusError(f"{address.shown}: {refusal(error) or error}") from None
    except (exceptions.TimeoutError, OSError):
        return
    except BusError as error:
        raise BusError(f"{address.shown}: {error}") from None
    finally:
        client.close()
    for text in found.values():
        other = parse_replica(text)
        if seconds - other["at"] < address.claim_s and is_another(identity, other):
            raise BusError(
                f"the service name `{service}` is taken: `{other['title']}` runs under it with "
                "other schedules; name one of the two with NEUTRINO_SERVICE"
            )


def history(address: Address, service: str, kept: Kept) -> list[bytes]:
    """Read the lines of a service's history, oldest first. Raises BusError."""
    redis = import_module("redis")
    client = redis.Redis.from_url(address.url, **options())
    try:
        found = client.xrange(f"{prefix_of(service)}:{kept}")
    except (redis.RedisError, OSError) as error:
        raise BusError(f"{address.shown}: {refusal(error) or error}") from None
    finally:
        client.close()
    return [entry.get(LINE.encode(), b"") for _, entry in found]


def refuse_old(version: str) -> None:
    """Raise BusError where a Redis lacks what is asked of it."""
    numbers = tuple(int(each) for each in version.split(".")[:2] if each.isdecimal())
    if numbers < OLDEST:
        raise BusError(f"Redis {version} is too old; 6.2 is the oldest, or any Valkey")


def refusal(error: BaseException) -> str:
    """What a Redis that answers has against us; empty where it does not answer."""
    text = str(error)
    if any(word in text.lower() for word in _REFUSES_WHO):
        return "it refuses the user or the password; write redis://USER:PASSWORD@host:6379/0"
    if "NOPERM" in text or "no permissions" in text.lower():
        return f"its user may not do what is needed: {text}"
    if "OOM" in text or "'maxmemory'" in text:
        return "it is full (maxmemory) and takes nothing more"
    return ""


def parse_replica(text: Any) -> dict[str, Any]:
    """Read what a replica has told of itself; whatever stands there, nothing raises."""
    found: Any = {}
    with suppress(ValueError):
        found = json.loads(text)
    found = found if isinstance(found, dict) else {}
    at, schedules, counts = (found.get(each) for each in ("at", "schedules", "figures"))
    return {
        "at": at if isinstance(at, (int, float)) else 0,
        "title": str(found.get("title", "")),
        "schedules": [*map(str, schedules)] if isinstance(schedules, list) else [],
        "counts": counts if isinstance(counts, dict) else {},
    }


def is_another(identity: Identity, other: dict[str, Any]) -> bool:
    """Whether this is another app, and not another version of the same one: its schedules differ,
    and so does its title, or no schedule is in both."""
    own, others = set(identity.schedules), set(other["schedules"])
    if own == others:
        return False
    has_nothing_in_common = bool(own and others) and not _labels(own) & _labels(others)
    return identity.title != other["title"] or has_nothing_in_common


def _labels(schedules: set[str]) -> set[str]:
    return {each.partition("|")[0] for each in schedules}
