"""What an answer of a served app may say to Jupyter's origin, and what a request may say to us."""

from __future__ import annotations

import asyncio
import errno
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.attacks.hostile import CELLS, answering
from tests.jupyter import Lab
from tests.notebooks import write

SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-downloads"
PDF = ("Content-Type", "application/pdf")


async def exchange(lab: Lab, *requests: str) -> bytes:
    """Send requests as they are, one after the other through one connection; give all answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.app.port)
    for request in requests:
        writer.write(request.encode())
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer


def request(lab: Lab, path: str, *headers: str, method: str = "GET", body: str = "") -> str:
    head = [f"{method} {lab.base}{path} HTTP/1.1", f"Host: {lab.host}"]
    head += [f"Authorization: token {lab.token}", *headers]
    return "\r\n".join([*head, "", body])


async def test_nothing_takes_the_sandbox_away(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    for extra in (
        *("content-type", "Content-Type", "close, content-type", "x,content-type,y"),
        *("content-security-policy", "x-content-type-options"),
    ):
        answer = await lab.get(id_, answering(PDF, ("Connection", extra), body="<script>"))
        policies = answer.headers.getall("Content-Security-Policy", [])  # type: ignore[attr-defined]
        assert (SANDBOX in policies) == ("Content-Type" not in answer.headers), extra
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_plain_request_is_not_answered_with_a_switch_of_protocols(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    for status in (101, 100, 102, 103, 199):
        answer = await lab.get(id_, answering(("Upgrade", "x"), ("Connection", "x"), status=status))
        assert answer.status in {500, 502}


async def test_what_holds_for_the_origin_or_a_proxy_does_not_pass(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    for name in (
        *("Sec-Session-Registration", "Sec-Session-Challenge", "Secure-Session-Registration"),
        *("Secure-Session-Challenge", "Use-As-Dictionary", "Speculation-Rules", "X-Sendfile"),
        *("X-Accel-Redirect", "X-Accel-Limit-Rate", "X-Lighttpd-Send-File", "X-Reproxy-URL"),
        *("Proxy-Authenticate", "Attribution-Reporting-Register-Source", "Expect-CT", "NEL"),
        *("Alt-Svc", "Clear-Site-Data", "Strict-Transport-Security", "Set-Login", "Critical-CH"),
        *("Service-Worker-Allowed", "X-Neutrino-Withheld-Location"),
    ):
        for spelled in (name, name.lower(), name.upper()):
            answer = await lab.get(id_, answering((spelled, '"x"'), ("X-Mine", "kept")))
            assert (answer.headers.get(name), answer.headers["X-Mine"]) == (None, "kept")


async def test_a_stream_may_still_ask_not_to_be_buffered(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    answer = await lab.get(id_, answering(("X-Accel-Buffering", "no")))
    assert answer.headers["X-Accel-Buffering"] == "no"


async def test_cookies_of_an_app_do_not_push_out_those_of_jupyter(lab: Lab) -> None:
    ids = [await lab.serve(f"{name}.ipynb", *CELLS) for name in "abcdef"]
    floods = [
        [("Set-Cookie", f"c{n}=1") for n in range(85)],
        [("Set-Cookie", f"same=1; Path=/{n}") for n in range(85)],
        [("Set-Cookie", f"same=1; PATH = /x{n}; Partitioned") for n in range(85)],
        [("Set-Cookie", f"d{n}=1; Max-Age=0") for n in range(85)],
    ]
    kept: dict[str, set[str]] = {}
    for id_ in ids:
        for flood in floods:
            answer = await lab.get(id_, answering(*flood))
            kept.setdefault(id_, set()).update(answer.cookies)
    assert max(map(len, kept.values())) == 20
    assert sum(map(len, kept.values())) == 100
    # What the app has already it may change, also when it is served again.
    await lab.ask("DELETE", f"neutrino/api/served/{ids[0]}")
    again = await lab.serve("a.ipynb", *CELLS)
    known, new = ("Set-Cookie", "c0=2"), ("Set-Cookie", "new=1")
    answer = await lab.get(again, answering(known, new))
    assert [each.partition(";")[0] for each in answer.cookies] == [f"neutrino-{again}-c0=2"]


async def test_our_own_answers_keep_the_connection(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    last = request(lab, f"neutrino/live/{id_}/answer", "Connection: close")
    for path, status in ((f"neutrino/live/{id_}", 302), (f"neutrino/live/{id_}/docs", 200)):
        asked = request(lab, path)
        answers = await exchange(lab, asked, asked, last)
        found = [int(each) for each in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]
        assert found == [status, status, 200]


async def test_a_length_that_is_said_oddly_is_no_fault_of_ours(lab: Lab) -> None:
    id_ = await lab.serve("a.ipynb", *CELLS)
    good: list[list[str]] = [["5"], ["5, 5"], ["5,5"], ["5", "5"]]
    bad: list[list[str]] = [["5, 6"], ["-5"], ["x"], ["5;5"], ["9" * 5000]]
    for lengths, status in [*((each, 200) for each in good), *((each, 400) for each in bad)]:
        headers = [f"Content-Length: {each}" for each in lengths]
        path = f"neutrino/live/{id_}/answer"
        asked = request(lab, path, "Connection: close", *headers, method="POST", body="hello")
        answer = await exchange(lab, asked)
        assert answer[:12] == f"HTTP/1.1 {status}".encode(), lengths


async def test_a_path_that_is_too_long_is_the_callers_fault(lab: Lab) -> None:
    for path in ("a" * 300, "a/" * 3000, "a" * 10_000):
        for call in ("served", "plans", "exports", "checks"):
            answer = await lab.ask("POST", f"neutrino/api/{call}", body={"path": f"{path}.ipynb"})
            told = (answer.status, answer.json["code"])
            assert told in {(400, "path-too-long"), (404, "no-notebook")}, (path[:3], call)


async def test_what_the_system_lacks_is_said(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    write(lab.root / "a.ipynb", *CELLS)
    for number, told in {
        errno.EMFILE: (503, "no-descriptors"),
        errno.ENFILE: (503, "no-descriptors"),
        errno.ENOSPC: (507, "disk-full"),
        errno.EDQUOT: (507, "disk-full"),
    }.items():
        refusal = OSError(number, "no more")

        def fail(*_: Any, refused: OSError = refusal, **__: Any) -> str:
            raise refused

        # What the folder of workers is made by; the disk and the table of files are everybody's.
        monkeypatch.setattr("neutrino_lab.serve.runtime_dir.tempfile.mkdtemp", fail)
        body = {"path": "a.ipynb", "trusted": True}
        answer = await lab.ask("POST", "neutrino/api/served", body=body)
        assert (answer.status, answer.json["code"]) == told


async def test_a_million_unknown_keys_are_refused_at_once(lab: Lab) -> None:
    def keys(count: int) -> bytes:
        return json.dumps({"path": "a.ipynb", **{str(n): 1 for n in range(count)}}).encode()

    async def piecewise(content: bytes) -> AsyncIterator[bytes]:
        for at in range(0, len(content), 1 << 16):
            yield content[at : at + (1 << 16)]

    million = keys(1_000_000)
    for call, status in (("served", 413), ("plans", 413), ("analyses", 400)):
        large = await lab.ask("POST", f"neutrino/api/{call}", body=piecewise(million))
        assert (large.status, len(large.text) < 1000) == (status, True)
    refused = await lab.ask("POST", "neutrino/api/served", body=piecewise(keys(50_000)))
    assert (refused.status, refused.json["code"]) == (400, "malformed")
    assert "50000 places" in refused.json["message"]
