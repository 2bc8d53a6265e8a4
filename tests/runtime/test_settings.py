"""What the environment says, and every way in which it can be wrong."""

from __future__ import annotations

import hashlib
import math
import sys
from datetime import timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neutrino_lab.runtime import settings
from neutrino_lab.runtime.errors import SettingsError
from neutrino_lab.runtime.settings import (
    MB,
    SETTINGS,
    Settings,
    digest,
    from_environ,
    markdown,
    read,
)

KEY_CHARACTERS = st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=",")
KEYS = st.text(KEY_CHARACTERS, min_size=16).filter(lambda key: key[0].isdigit())
NAMES = [each.name for each in SETTINGS]


def problems(**environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        read({f"NEUTRINO_{name}": text for name, text in environment.items()})
    return raised.value.problems


def value(name: str, text: str) -> Any:
    field = next(each.field for each in SETTINGS if each.name == f"NEUTRINO_{name}")
    return getattr(read({f"NEUTRINO_{name}": text}), field)


def test_an_empty_environment_asks_for_no_key_and_limits_sizes() -> None:
    defaults = Settings(
        timezone.utc,
        max_json_bytes=10 * MB,
        max_body_bytes=100 * MB,
        max_message_bytes=16 * MB,
    )
    assert read({}) == read(dict.fromkeys(NAMES, " ")) == defaults


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert problems(
        TIMEZONE="nowhere",
        API_KEYS="sha256:12 fine",
        CORS_ORIGINS="https://a.example/path",
        MAX_BODY_MB="-1",
        MAX_MESSAGE_MB="17",
        REQUEST_TIMEOUT_S="soon",
        RATE_LIMIT="fast",
        API_KEY="secret",
    ) == (
        "NEUTRINO_API_KEY: is not known; NEUTRINO_API_KEYS is",
        "NEUTRINO_TIMEZONE: 'nowhere' is not a known time zone; use a name such as Europe/Rome "
        "(`pip install tzdata` where the system has no zones)",
        "NEUTRINO_API_KEYS: key 1 begins with sha256: but no 64 hexadecimal digits follow; "
        "`neutrino key` prints a key and its hash",
        "NEUTRINO_CORS_ORIGINS: 'https://a.example/path' is no origin; write scheme, host and port "
        "alone, such as https://app.example.com or http://localhost:3000",
        "NEUTRINO_MAX_BODY_MB: '-1' is not a number of 0 or more",
        "NEUTRINO_MAX_MESSAGE_MB: '17' is not above 0 and at most 16",
        "NEUTRINO_REQUEST_TIMEOUT_S: 'soon' is not a number of 0 or more",
        "NEUTRINO_RATE_LIMIT: 'fast' is no rate; write such as 100/minute or 5/second; 1000/hour",
    )


def test_a_process_ends_with_these_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUTRINO_MAX_BODY_MB", "much")
    with pytest.raises(SystemExit, match=r"^NEUTRINO_MAX_BODY_MB: 'much' is not a number"):
        from_environ()


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_any_text_is_read_or_refused_by_name(environment: dict[str, str]) -> None:
    told: tuple[str, ...] = ()
    try:
        read(environment)
    except SettingsError as error:
        told = error.problems
    assert {each.partition(":")[0] for each in told} <= set(environment)


@given(st.lists(KEYS, min_size=1, unique=True), st.sampled_from([",", " ", ", ", "\n", " ,\t"]))
def test_keys_stand_apart_by_commas_or_spaces(keys: list[str], separator: str) -> None:
    hashed = [f"sha256:{hashlib.sha256(key.encode()).hexdigest()}" for key in keys]
    expected = tuple(hashlib.sha256(key.encode()).digest() for key in keys)
    assert value("API_KEYS", separator.join(keys)) == expected
    assert value("API_KEYS", separator.join([*hashed, *keys]).upper().replace("SHA256", "sha256")
                 )[: len(keys)] == expected  # fmt: skip


@given(KEYS, st.text())
def test_no_message_repeats_a_key(key: str, rest: str) -> None:
    secret = f"{key}ÿ{rest}"
    with pytest.raises(SettingsError) as raised:
        read({"NEUTRINO_API_KEYS": secret})
    assert f"{key}ÿ" not in str(raised.value)


def test_no_key_at_all_is_no_open_door() -> None:
    assert problems(API_KEYS=" , ") == (
        "NEUTRINO_API_KEYS: there is no key in it; leave it empty to ask for none",
    )


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("https://A.Example", ("https://a.example",)),
        (
            "https://a.example:443,http://b.example:80",
            ("https://a.example", "http://b.example"),
        ),
        ("http://localhost:3000 http://[::1]:8080", ("http://localhost:3000", "http://[::1]:8080")),
        ("capacitor://localhost", ("capacitor://localhost",)),
        ("*", ("*",)),
    ],
)
def test_origins_are_exact(text: str, origins: tuple[str, ...]) -> None:
    assert value("CORS_ORIGINS", text) == origins


@pytest.mark.parametrize(
    "text",
    ["null", "a.example", "https://a.example/", "https://*.example", "https://u@a.example", "*,*x",
     "https://a.example, *", ","],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    assert len(problems(CORS_ORIGINS=text)) == 1


@given(st.floats(min_value=0, max_value=1e9))
def test_sizes_are_in_mb(number: float) -> None:
    assert value("MAX_BODY_MB", repr(number)) == math.ceil(number * MB)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "-0.1", "0x10", "1 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert len(problems(REQUEST_TIMEOUT_S=text)) == 1


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1001", "many", "1" * 5000])
def test_threads_are_bounded(text: str) -> None:
    assert len(problems(THREADS=text)) == 1
    assert settings.threads({"NEUTRINO_THREADS": text}) == 40
    assert settings.threads({"NEUTRINO_THREADS": "3"}) == value("THREADS", "3") == 3


def test_a_rate_may_have_several_windows() -> None:
    assert list(map(str, value("RATE_LIMIT", "5/second; 100 per 2 minutes"))) == [
        "5 per 1 second",
        "100 per 2 minute",
    ]
    assert len(problems(RATE_LIMIT="0/minute")) == 1


def test_mcp_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (value("MCP", "1"), value("MCP", "0")) == (True, False)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert problems(MCP="1") == (
        "NEUTRINO_MCP: needs a package that is missing: pip install 'mcp>=2.3,<3'",
    )
    assert not value("MCP", "0")


def test_a_time_zone_has_a_name() -> None:
    assert value("TIMEZONE", "Europe/Rome") == ZoneInfo("Europe/Rome")


def test_the_table_tells_every_variable() -> None:
    rows = [line.split(" | ") for line in markdown().splitlines()[2:]]
    assert [row[0] for row in rows] == [f"| `{name}`" for name in NAMES]
    assert all(len(row) == 4 for row in rows)
    assert all(each.parse(each.example.replace("5e88…", "5e" * 32)) for each in SETTINGS)
    assert digest(b"key") == hashlib.sha256(b"key").digest()
