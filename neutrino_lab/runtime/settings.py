"""What an operator sets by environment variables: THE table of them, and what their texts mean.

Nothing else reads a variable that begins with NEUTRINO_. The reference and the README of a build
list the table.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Any, TypeAlias

from . import setting_forms
from .bus import choice
from .errors import SettingsError
from .sandbox import levels
from .zones import zone

MB = setting_forms.MB
MOST_MESSAGE_MB = setting_forms.MOST_MESSAGE_MB
# A thread takes 8 MB of address space, and more than some hundred mostly wait for each other.
MOST_THREADS = 1_000
MOST_HISTORY = 100_000
HASHED = "sha256:"
# Of random letters and digits, more than anybody guesses.
SHORTEST_KEY = 16

Digests: TypeAlias = tuple[bytes, ...]

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
# `SHA-256:…`, `sha512=…`, `$2b$…`: meant as a hash, and a key of its own if it were taken as text.
_LIKE_HASH = re.compile(r"(?:(?:sha|md|blake|scrypt|bcrypt|argon)[\w-]*\W|\$\w+\$)", re.IGNORECASE)
_NEAR = 0.9


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable. `parse` gives what its text means, or raises ValueError with what is wrong; a
    variable that is not set, or empty, has the text of `default`."""

    name: str
    field: str
    parse: Callable[[str], Any]
    about: str
    example: str
    default: str = ""

    def text(self, environment: Mapping[str, str]) -> str:
        """What the variable says, or its default where it is unset or empty."""
        return environment.get(self.name, "").strip() or self.default


@dataclass(frozen=True, slots=True)
class Settings:
    """What the variables mean; 0 and empty are off.

    `api_keys` are SHA-256 digests: no key is kept as it was given. `rate_limits` are the items of
    the library `limits`.
    """

    timezone: tzinfo
    api_keys: Digests = ()
    cors_origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    max_json_bytes: int = 0
    max_body_bytes: int = 0
    max_message_bytes: int = MOST_MESSAGE_MB * MB
    request_timeout_s: float = 0
    rate_limits: tuple[Any, ...] = ()
    metrics: bool = False
    mcp: bool = False
    bus: choice.Choice = choice.MEMORY
    service: str = ""
    state_folder: str = ".neutrino"
    history: int = 1_000
    sandbox: str = levels.DEFAULT
    threads: int = 40


def read(environment: Mapping[str, str]) -> Settings:
    """Read all variables. Raises SettingsError that names every one that is malformed."""
    values: dict[str, Any] = {}
    problems = [*_misspelt(environment)]
    for each in SETTINGS:
        try:
            values[each.field] = each.parse(each.text(environment))
        except ValueError as error:
            problems.append(f"{each.name}: {error}")
    if problems:
        raise SettingsError(problems)
    return Settings(**values)


def from_environ() -> Settings:
    """Read this process's own variables. Raises SystemExit with one line for each malformed one."""
    try:
        return read(os.environ)
    except SettingsError as error:
        # These lines say more than a traceback to the person who starts a service.
        raise SystemExit(str(error)) from None


def threads(environment: Mapping[str, str]) -> int:
    """How many threads answer requests; the default where the variable is malformed, which `read`
    tells."""
    try:
        found: int = THREADS.parse(THREADS.text(environment))
    except ValueError:
        found = THREADS.parse(THREADS.default)
    return found


def digest(key: bytes) -> bytes:
    """What is kept of a key. A generated key cannot be guessed, so a plain hash hides it."""
    return hashlib.sha256(key).digest()


def markdown() -> str:
    """Write the table for a README."""
    rows = [
        f"| `{each.name}` | {each.about} | {f'`{each.default}`' if each.default else ''} "
        f"| `{each.example}` |"
        for each in SETTINGS
    ]
    head = "| environment variable | meaning | default | example |\n| --- | --- | --- | --- |"
    return "\n".join([head, *rows, ""])


def _keys(text: str) -> Digests:
    listed = setting_forms.entries(text, "key", "to ask for none")
    return tuple(dict.fromkeys(_key(each, n) for n, each in enumerate(listed, 1)))


def _key(text: str, number: int) -> bytes:
    # The text is never repeated: what is printed ends in logs.
    if text.lower().startswith(HASHED):
        if not _DIGEST.fullmatch(text[len(HASHED) :]):
            raise ValueError(
                f"key {number} begins with {HASHED} but no 64 hexadecimal digits follow; "
                "`neutrino key` prints a key and its hash"
            )
        hashed = bytes.fromhex(text[len(HASHED) :])
        if hashed in _HASHES_OF_NOTHING:
            raise ValueError(
                f"key {number} is the hash of an empty text: whatever was hashed was not there; "
                "`neutrino key` prints a key and its hash"
            )
        return hashed
    if _LIKE_HASH.match(text):
        raise ValueError(
            f"key {number} looks like a hash; write {HASHED} and its 64 hexadecimal digits"
        )
    if not text.isascii() or not text.isprintable():
        raise ValueError(f"key {number} holds what no header can carry; use ASCII characters")
    if len(text) < SHORTEST_KEY:
        raise ValueError(
            f"key {number} has {len(text)} characters, and {SHORTEST_KEY} are the fewest; commas "
            "and spaces end a key; `neutrino key` prints a good one"
        )
    return digest(text.encode())


def _misspelt(environment: Mapping[str, str]) -> list[str]:
    """Find names that are nearly ours: a limit that was asked for must not be missing."""
    names = [each.name for each in SETTINGS]
    others = [name for name in sorted(environment) if name.startswith("NEUTRINO_")]
    near = {
        name: difflib.get_close_matches(name, names, 1, _NEAR)
        for name in others
        if name not in names and environment[name].strip()
    }
    return [f"{name}: is not known; {found[0]} is" for name, found in near.items() if found]


# Of what a shell hashes where the variable is not set: `printf %s`, `echo`, and such.
_HASHES_OF_NOTHING = frozenset(map(digest, (b"", b"\n", b"\r\n", b" ", b" \n", b'""', b"''")))

TIMEZONE = Setting(
    "NEUTRINO_TIMEZONE",
    "timezone",
    zone,
    "the time zone of schedules that name none",
    "Europe/Paris",
    "UTC",
)
THREADS = Setting(
    "NEUTRINO_THREADS",
    "threads",
    partial(setting_forms.whole_number, least=1, most=MOST_THREADS),
    "how many plain functions (`def`) may answer requests at once in each process, "
    f"1 to {MOST_THREADS:,}; those beyond it wait in order",
    "8",
    "40",
)
METRICS = Setting(
    "NEUTRINO_METRICS",
    "metrics",
    setting_forms.switch,
    "1 counts calls, messages and runs, and tells them as Prometheus text at `/metrics`, unless a "
    "notebook declares that path; each process counts its own",
    "1",
    "0",
)
MCP = Setting(
    "NEUTRINO_MCP",
    "mcp",
    setting_forms.mcp,
    "1 lets models call each HTTP endpoint as a tool, over MCP at `/mcp`, unless a notebook "
    "declares that path; needs the package `mcp`, which `%pip install mcp` in a cell adds to a "
    "build",
    "1",
    "0",
)
STATE = Setting(
    "NEUTRINO_STATE_FOLDER",
    "state_folder",
    str,
    "the folder in which streams keep their state, and schedules their runs; where the container's "
    "own files are read-only, the path of a volume",
    "/state",
    ".neutrino",
)
SANDBOX = Setting(
    "NEUTRINO_SANDBOX",
    "sandbox",
    levels.read,
    "the weakest way in which operators of streams with `run: sandboxed` may be kept apart: "
    "`bubblewrap`, `landlock`, or `limits`, which is no isolation; the strongest one that works "
    "is used",
    "limits",
    levels.DEFAULT,
)
BUS = Setting(
    "NEUTRINO_BUS",
    "bus",
    choice.read,
    "what the processes of a service share: `memory` for one process alone, or the URL of a "
    "Redis (6.2 or newer) or Valkey for any number; needs the package `redis`, which "
    "`%pip install redis` in a cell adds to a build",
    "redis://:PASSWORD@redis:6379/0",
    choice.MEMORY,
)
SETTINGS = (
    TIMEZONE,
    Setting(
        "NEUTRINO_API_KEYS",
        "api_keys",
        _keys,
        "who may call: keys, or `sha256:` and the hash of a key, apart by commas or spaces; every "
        f"route but `/healthz` and `/readyz` then asks for `Authorization: Bearer KEY` or "
        f"`X-API-Key: KEY`; at least {SHORTEST_KEY} characters, such as `neutrino key` prints",
        "sha256:5e88…",
    ),
    Setting(
        "NEUTRINO_HOSTS",
        "hosts",
        setting_forms.hosts,
        "which hosts a request may name besides the loopback's names, 403 for others; `*` is all. "
        "Unless it is set, a server at a loopback address answers to loopback names alone, and any "
        "other server to all names",
        "api.example.com",
    ),
    Setting(
        "NEUTRINO_CORS_ORIGINS",
        "cors_origins",
        setting_forms.origins,
        "which web pages of other origins may call and open WebSockets: exact origins, or `*`",
        "https://app.example.com",
    ),
    Setting(
        "NEUTRINO_MAX_JSON_MB",
        "max_json_bytes",
        setting_forms.megabytes,
        "the largest JSON body in MB, answered with 413 above; 0 is no limit of its own",
        "1",
        "10",
    ),
    Setting(
        "NEUTRINO_MAX_BODY_MB",
        "max_body_bytes",
        setting_forms.megabytes,
        "the largest request body in MB, answered with 413 above; 0 is no limit",
        "10",
        "100",
    ),
    Setting(
        "NEUTRINO_MAX_MESSAGE_MB",
        "max_message_bytes",
        setting_forms.message,
        "the largest message of a WebSocket in MB, closed with 1009 above; at most "
        f"{MOST_MESSAGE_MB}",
        "1",
        str(MOST_MESSAGE_MB),
    ),
    Setting(
        "NEUTRINO_REQUEST_TIMEOUT_S",
        "request_timeout_s",
        setting_forms.number,
        "how many seconds an answer may take to begin, 504 above; 0 is no limit",
        "30",
        "0",
    ),
    Setting(
        "NEUTRINO_RATE_LIMIT",
        "rate_limits",
        setting_forms.rates,
        "how many requests and WebSocket messages each key, or else each client address, may send; "
        "429 above",
        "100/minute",
    ),
    THREADS,
    METRICS,
    MCP,
    BUS,
    Setting(
        "NEUTRINO_SERVICE",
        "service",
        setting_forms.service,
        "the name of the service on a shared bus, the same for all its replicas and for no other "
        "service there; without it, its title",
        "shop",
    ),
    STATE,
    Setting(
        "NEUTRINO_HISTORY",
        "history",
        partial(setting_forms.whole_number, least=0, most=MOST_HISTORY),
        "how many runs of schedules are kept for `neutrino runs`, on the shared bus or in the "
        "folder of `NEUTRINO_STATE_FOLDER`, and how many calls for `neutrino calls`, by "
        "`neutrino run` or on the shared bus, up to "
        f"{MOST_HISTORY:,}; 0 keeps none",
        "200",
        "1000",
    ),
    SANDBOX,
)
