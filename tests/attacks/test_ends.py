"""What a service says to those whose requests its end cuts short."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests.attacks.wire import WAIT_S
from tests.conformance.servers import STANDALONE, Target, serve
from tests.notebooks import write

CELLS = (
    '"""\n@HTTP\nGET /waits\n"""\nimport asyncio\nasync def waits():\n'
    '    print("begun", flush=True)\n    await asyncio.Event().wait()',
    '"""\n@HTTP\nGET /sleeps\n"""\nimport threading\ndef sleeps():\n'
    '    print("begun", flush=True)\n    threading.Event().wait()',
)


@pytest.mark.parametrize("target", STANDALONE)
@pytest.mark.parametrize("path", ["/waits", "/sleeps"])
def test_a_request_that_the_end_cuts_short_is_unavailable(
    target: Target, path: str, tmp_path: Path
) -> None:
    notebook = write(tmp_path / "a.ipynb", *CELLS)
    with serve(target, notebook, tmp_path) as served:
        host, _, port = served.address.rpartition(":")
        with socket.create_connection((host, int(port)), WAIT_S) as asking:
            asking.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            while not any("begun" in line for line in served.log):
                asking.settimeout(0.05)
                with pytest.raises(TimeoutError):
                    asking.recv(1)
            asking.settimeout(WAIT_S)
            served.process.send_signal(signal.SIGTERM)
            answer = b""
            while read := asking.recv(1 << 16):
                answer += read
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"connection: close" in head.lower()
    assert body == b'{"detail":"The service is ending."}'
