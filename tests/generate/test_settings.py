"""Where the model, its address and its key come from, and where the key goes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from neutrino_lab.generate import settings
from neutrino_lab.generate.errors import NoModelError

OWN = {
    "NEUTRINO_LLM_MODEL": "m",
    "NEUTRINO_LLM_BASE_URL": "https://own.example/v1",
    "NEUTRINO_LLM_API_KEY": "sk-own",
}


@pytest.fixture
def stored() -> Iterator[dict[tuple[str, str], str]]:
    """What the system's keyring holds: a real backend of the package, in memory."""
    keyring: Any = import_module("keyring")
    held: dict[tuple[str, str], str] = {}

    class Memory(keyring.backend.KeyringBackend):  # type: ignore[misc]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            if username == "locked.example":
                raise keyring.errors.KeyringLocked
            return held.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            held[service, username] = password

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield held
    keyring.set_keyring(before)


def key(base_url: str = "", **variables: str) -> str:
    return settings.read({**OWN, **variables}, base_url=base_url).api_key


def test_the_key_of_the_environment_comes_first_and_goes_to_its_own_server_alone(
    stored: dict[tuple[str, str], str],
) -> None:
    stored["neutrino-lab", "own.example"] = "sk-stored"
    assert key() == "sk-own"
    assert key("https://own.example/v2") == "sk-own"
    assert key("https://other.example/v1") == ""


def test_the_keyring_holds_a_key_for_each_host(stored: dict[tuple[str, str], str]) -> None:
    stored["neutrino-lab", "own.example"] = "sk-stored"
    stored["neutrino-lab", "other.example"] = "sk-other"
    stored["another-program", "third.example"] = "sk-third"
    assert key(NEUTRINO_LLM_API_KEY="") == "sk-stored"
    assert key("https://other.example/v1") == "sk-other"
    assert key("https://third.example/v1") == ""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_stored_key_goes_to_the_loopback_over_plain_http(
    host: str, stored: dict[tuple[str, str], str]
) -> None:
    stored["neutrino-lab", host.strip("[]")] = "sk-stored"
    assert key(f"http://{host}:11434/v1") == "sk-stored"


def test_a_stored_key_goes_to_no_other_host_over_plain_http(
    stored: dict[tuple[str, str], str],
) -> None:
    assert key("http://other.example/v1") == ""
    stored["neutrino-lab", "other.example"] = "sk-other"
    with pytest.raises(NoModelError) as raised:
        key("http://other.example/v1")
    assert "sk-other" not in str(raised.value)
    assert "for other.example, which is not sent over plain http" in str(raised.value)
    assert "https://" in str(raised.value)


def test_a_keyring_that_is_locked_has_no_key(stored: dict[tuple[str, str], str]) -> None:
    assert key("https://locked.example/v1") == ""


def test_the_key_is_not_shown_with_the_settings() -> None:
    assert "sk-own" not in repr(settings.read(OWN))
