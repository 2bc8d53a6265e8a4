"""A door that was meant to be locked is locked: keys, what stands for them, and who is counted."""

from __future__ import annotations

import hashlib
from pathlib import Path

import httpx
import pytest

from neutrino_lab.runtime.errors import SettingsError
from neutrino_lab.runtime.settings import digest, read
from tests.conformance.servers import STANDALONE, Target, serve
from tests.notebooks import write

KEY = "a-key-that-nobody-has-guessed"
HELLO = '"""\n@HTTP\nGET /hello\n"""\ndef hello(): return 1'
HEALTH = '"""\n@HTTP\nGET /healthz\n"""\ndef health(): return "mine"'


def hashed(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@pytest.mark.parametrize(
    "text",
    [
        # What a variable that is not set is hashed to.
        *(hashed(each) for each in ("", "\n", "\r\n", " ", '""', "''")),
        hashed("").upper(),
        hashed("").replace("sha256", "SHA256"),
        f"{hashed(KEY)},{hashed('')}",
        # No keys that anybody would call keys.
        *(
            "k",
            "short",
            "a" * 15,
            f"{KEY},",
            f"{KEY},a",
            f"{KEY} b",
            "correct,horse,battery,staple",
        ),
        # The hash, in words of another kind.
        *(f"{name}{'ab' * 32}" for name in ("SHA-256:", "sha256=", "sha256-", "sha512:", "md5:")),
        *(f"{name}{'ab' * 32}" for name in ("Sha256 :", "sha3-256:", "blake2b:", "SHA1$")),
        *(
            "sha256:",
            f"sha256:{'ab' * 31}",
            f"sha256:{'ab' * 33}",
            f"sha256:{'zz' * 32}",
            "sha256: ",
        ),
        "$2b$12$abcdefghijklmnopqrstuv",
        f"{'ab' * 32}  -",
    ],
)
def test_what_is_no_good_key_keeps_a_service_from_starting(text: str) -> None:
    if text == f"{KEY},":
        assert read({"NEUTRINO_API_KEYS": text}).api_keys == (digest(KEY.encode()),)
        return
    with pytest.raises(SettingsError) as refused:
        read({"NEUTRINO_API_KEYS": text})
    assert str(refused.value).startswith("NEUTRINO_API_KEYS: key ")
    assert KEY not in str(refused.value)


def test_a_hash_may_be_spelled_in_capitals() -> None:
    expected = (digest(KEY.encode()),)
    for text in (hashed(KEY), hashed(KEY).upper(), hashed(KEY).replace("sha", "Sha")):
        assert read({"NEUTRINO_API_KEYS": text}).api_keys == expected


@pytest.mark.parametrize("target", STANDALONE)
def test_no_text_and_a_few_letters_open_nothing(target: Target, tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb", HELLO, HEALTH)
    # Whatever this is the hash of, nobody may come in by it.
    keys = f"{hashed('abc')} {hashed(KEY)}"
    with (
        serve(target, notebook, tmp_path, NEUTRINO_API_KEYS=keys) as served,
        httpx.Client(base_url=f"http://{served.address}") as http,
    ):
        for given in ("", "abc", hashed(KEY), hashed("abc"), KEY[:-1], f"{KEY}x", KEY.upper()):
            for headers in ({"X-API-Key": given}, {"Authorization": f"Bearer {given}".strip()}):
                assert http.get("/hello", headers=headers).status_code == 401, given
        assert http.get("/hello", headers={"X-API-Key": KEY}).json() == 1
        # Ours is open to all; a function of the notebook is an endpoint like any other.
        for method in ("GET", "HEAD"):
            assert http.request(method, "/healthz").status_code == 401
        assert http.get("/healthz", headers={"X-API-Key": KEY}).json() == "mine"


@pytest.mark.parametrize("target", STANDALONE)
def test_nobody_is_believed_about_where_he_calls_from(target: Target, tmp_path: Path) -> None:
    notebook = write(tmp_path / "a.ipynb", HELLO, HEALTH)
    names = ("X-Forwarded-For", "x-forwarded-for", "X-Real-IP", "Forwarded", "True-Client-IP")
    spoofed = [{name: f"10.0.0.{n}"} for n, name in enumerate(names)]
    spoofed += [{"X-Forwarded-For": f"10.1.0.{n}:{n + 1}, 127.0.0.1"} for n in range(3)]
    limits = {"NEUTRINO_RATE_LIMIT": "2/day"}
    with (
        serve(target, notebook, tmp_path, **limits) as served,
        httpx.Client(base_url=f"http://{served.address}") as http,
    ):
        statuses = [http.get("/hello", headers=each).status_code for each in spoofed]
        assert statuses == [200, 200] + [429] * (len(spoofed) - 2)
        assert http.get("/healthz").status_code == 429
    # Whoever has a proxy there says so.
    asked = {**limits, "FORWARDED_ALLOW_IPS": "127.0.0.1"}
    with (
        serve(target, notebook, tmp_path / "asked", **asked) as served,
        httpx.Client(base_url=f"http://{served.address}") as http,
    ):
        behind = [{"X-Forwarded-For": f"10.0.0.{n}"} for n in range(4)]
        assert [http.get("/hello", headers=each).status_code for each in behind] == [200] * 4
