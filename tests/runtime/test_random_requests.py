"""Random requests have the same answer, whichever way it is given."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from tests.runtime.ways import Way, agree, agree_in_turn, request

words = st.text("ab01.-+%&=;/ ?#é\x00\n", max_size=12)


numbers = st.one_of(st.integers().map(str), st.floats().map(repr), words)


@given(path=st.sampled_from(["items", "names", "numbers", "files", "kinds", "none"]), word=words,
       query=st.lists(st.tuples(st.sampled_from("qnfbdclse"), numbers), max_size=4))  # fmt: skip
def test_random_targets(
    ways: dict[str, Way], path: str, word: str, query: list[tuple[str, str]]
) -> None:
    target = f"/{path}/{word}?" + "&".join(map("=".join, query))
    sent = "".join(c if c.isprintable() and c != " " else "%20" for c in target)
    agree(ways, request(f"GET {sent}".encode().decode("latin-1")))


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(
    body=st.dictionaries(st.sampled_from(["x", "y", "v", "a", "b", "c", "u", "d", "n"]), values),
    path=st.sampled_from(["/sum", "/any", "/points", "/unions"]),
)
@example(body={"v": {"a": 2**70}}, path="/any")
def test_random_bodies(ways: dict[str, Way], body: dict[str, Any], path: str) -> None:
    agree(ways, request(f"POST {path}", json.dumps(body).encode()))


HEADERS = (
    *("x: y", "x-a: 1", "X-A:  1 ", "X-A:\t1", "accept: */*", "content-type: text/plain"),
    *("expect: 100-continue", "connection: close", "connection: keep-alive"),
    *("proxy-connection: close", "upgrade: h2c"),
)


def chunked(sent: bytes) -> bytes:
    """The same request, with a body whose length is told in its midst."""
    head, _, body = sent.partition(b"\r\n\r\n")
    lines = [each for each in head.split(b"\r\n") if not each.startswith(b"content-length")]
    pieces = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return b"\r\n".join((*lines, b"transfer-encoding: chunked", b"", b"%b0\r\n\r\n" % pieces))


ONES = st.builds(
    lambda sent, write: write(sent),
    st.builds(
        request,
        st.sampled_from(
            ("GET /plain", "GET /async", "GET /items/7?q=a", "GET /items/x", "POST /sum")
        ),
        st.sampled_from((None, b"{}", b'{"x":[1],"y":[2]}', b'{"x":[1],"y":[3]}')),
        st.sampled_from(HEADERS),
    ),
    st.one_of(
        st.just(bytes),
        st.sampled_from(
            (chunked, b"\r\n".__add__, lambda sent: sent.replace(b"HTTP/1.1", b"HTTP/1.0"))
        ),
    ),
)


@given(st.lists(st.tuples(ONES, st.none() | st.integers(1, 200)), min_size=2, max_size=6))
def test_random_requests_of_one_client(
    ways: dict[str, Way], sent: list[tuple[bytes, int | None]]
) -> None:
    pieces = [[one[:at], one[at:]] if at and at < len(one) else [one] for one, at in sent]
    agree_in_turn(ways, *pieces)
