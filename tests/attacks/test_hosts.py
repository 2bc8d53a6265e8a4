"""Pages whose own name was made to lead to the loopback (DNS rebinding) get nowhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.wire import status_of, upgrade_status
from tests.conformance.servers import STANDALONE, Served, Target, serve
from tests.notebooks import write

CELLS = (
    '"""\n@HTTP\nGET /hello\n"""\ndef hello(): return 1',
    '"""\n@HTTP\nPOST /hello\n"""\ndef posted(): return 2',
    '"""\n@WS /ws\n"""\ndef talk(event: str): return event',
)
GOOD = (
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.0.0.2", "127.9.9.9"),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"),
)
BAD = (
    *("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost"),
    *("localhost@evil.example", "evil.example@localhost", "127.0.0.1,evil.example", "10.0.0.1"),
    *("localhost evil.example", "evil.example#localhost", "evil.example/localhost", "a localhost"),
    *("127.0.0.1.nip.io", "0x7f.1.evil", "[::2]", "[::1].evil.example", "localhost:80:evil", " "),
    *("localhost\\.evil.example", "169.254.169.254", "xn--localhost-x", "192.168.0.1"),
)


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("hosts") / "a.ipynb", *CELLS)


@pytest.fixture(scope="module", params=STANDALONE)
def served(
    request: pytest.FixtureRequest, notebook: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    with serve(request.param, notebook, tmp_path_factory.mktemp("served")) as found:
        yield found


def test_on_the_loopback_only_its_own_names_are_answered(served: Served) -> None:
    port = served.address.rpartition(":")[2]
    for host in GOOD:
        for name in (host, f"{host}:{port}", f"{host}:1"):
            assert status_of(served.address, "GET /hello", f"Host: {name}") == 200, name
            assert upgrade_status(served.address, "/ws", f"Host: {name}") == 101, name
    for host in BAD:
        for name in (host, f"{host}:{port}"):
            for line in (
                "GET /hello",
                "POST /hello",
                "GET /docs",
                "GET /nowhere",
                "OPTIONS /hello",
            ):
                assert status_of(served.address, line, f"Host: {name}") in {400, 403}, (line, name)
            assert upgrade_status(served.address, "/ws", f"Host: {name}") in {400, 403}, name


def test_a_second_host_and_a_forwarded_one_change_nothing(served: Served) -> None:
    for extra in (
        ("Host: 127.0.0.1", "Host: evil.example"),
        ("Host: evil.example", "Host: 127.0.0.1"),
        ("Host: evil.example", "X-Forwarded-Host: 127.0.0.1"),
        ("Host: evil.example", "Forwarded: host=127.0.0.1"),
    ):
        assert status_of(served.address, "GET /hello", *extra) in {400, 403}, extra
    whole = "GET http://127.0.0.1/hello"
    assert status_of(served.address, whole, "Host: evil.example") in {400, 403}


@pytest.mark.parametrize("target", STANDALONE)
def test_other_hosts_are_named_by_a_setting(target: Target, notebook: Path, tmp_path: Path) -> None:
    hosts = "api.example.com, *.example.org [::2]"
    with serve(target, notebook, tmp_path, NEUTRINO_HOSTS=hosts) as served:
        for host, status in {
            **{"api.example.com": 200, "API.example.com:8000": 200, "a.b.example.org": 200},
            **{"[::2]:80": 200, "127.0.0.1": 200, "localhost:1": 200, "api.example.com.": 200},
            **{"example.org": 403, "example.com": 403, "xapi.example.com": 403},
            **{"api.example.com.evil": 403, "evil.example": 403, "evilexample.org": 403},
        }.items():
            assert status_of(served.address, "GET /hello", f"Host: {host}") == status, host
            expected = 101 if status == 200 else 403
            assert upgrade_status(served.address, "/ws", f"Host: {host}") == expected, host
        # Those that watch a service call it by its address.
        assert status_of(served.address, "GET /healthz", "Host: 10.1.2.3:8000") == 200
    with serve(target, notebook, tmp_path / "all", NEUTRINO_HOSTS="*") as served:
        assert status_of(served.address, "GET /hello", "Host: anything.example") == 200


@pytest.mark.parametrize("target", STANDALONE)
def test_a_server_that_is_bound_elsewhere_answers_to_all(
    target: Target, notebook: Path, tmp_path: Path
) -> None:
    with serve(target, notebook, tmp_path, "--host", "0.0.0.0") as served:
        port = int(served.address.rpartition(":")[2])
        assert status_of(served.address, "GET /hello", "Host: anything.example") == 200
        assert status_of(served.address, "GET /healthz", "Host: 127.0.0.1:8000") == 200
        here = socket.gethostbyname(socket.gethostname())
        assert status_of(f"{here}:{port}", "GET /hello", f"Host: {here}:{port}") == 200
