"""A local server that speaks `/v1/chat/completions`, with answers written by hand for each test.

Nothing is said by it of what a real model would answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-a-key-that-no-log-may-hold"
MODEL = "written-by-hand"


@dataclass
class Reply:
    """One answer: texts, calls of tools as (name, arguments as text), a refusal in words, or one by
    status.

    `is_cut` ends the connection in the middle; `waits` holds the answer back until it is set, and
    `begun` is set when it was asked for.
    """

    texts: Sequence[str] = ()
    calls: Sequence[tuple[str, str]] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    refusal: str = ""
    is_cut: bool = False
    waits: threading.Event | None = None
    begun: threading.Event = field(default_factory=threading.Event)


def call(code: str) -> tuple[str, str]:
    return "executeNotebook", json.dumps({"code": code})


@dataclass
class Endpoint:
    """Where it is, what it will answer, and what it was asked."""

    url: str
    replies: list[Reply]
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "NEUTRINO_LLM_BASE_URL": self.url,
            "NEUTRINO_LLM_API_KEY": KEY,
            "NEUTRINO_LLM_MODEL": MODEL,
        }


@contextmanager
def answering(*replies: Reply) -> Iterator[Endpoint]:
    """Serve replies, one a request, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = json.loads(body)
            endpoint.asked.append(asked)
            endpoint.keys.append(self.headers["Authorization"])
            reply = endpoint.replies.pop(0)
            reply.begun.set()
            if reply.waits is not None:
                reply.waits.wait(60)
            if reply.status != 200:
                told = json.dumps({"error": {"message": f"no: {KEY}"}}).encode()
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)
                return
            if not asked.get("stream"):
                whole = json.dumps(_whole(reply)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(whole)))
                self.end_headers()
                self.wfile.write(whole)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            for chunk in _chunks(reply):
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            if not reply.is_cut:
                self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that has stopped is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1", [*replies])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        for each in replies:
            if each.waits is not None:
                each.waits.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _whole(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": "".join(reply.texts)}
    choice = {"index": 0, "message": message, "finish_reason": reply.reason or "stop"}
    kind = "chat.completion"
    return {"id": "x", "object": kind, "created": 0, "model": MODEL, "choices": [choice]}


def _chunks(reply: Reply) -> Iterator[dict[str, Any]]:
    for text in reply.texts:
        yield _chunk({"content": text})
    if reply.refusal:
        yield _chunk({"refusal": reply.refusal})
    for number, (name, arguments) in enumerate(reply.calls):
        first = {"name": name, "arguments": ""}
        yield _chunk({"tool_calls": [{"index": number, "id": f"c{number}", "function": first}]})
        half = len(arguments) // 2
        for piece in (arguments[:half], arguments[half:]):
            yield _chunk({"tool_calls": [{"index": number, "function": {"arguments": piece}}]})
    if reply.is_cut:
        return
    yield _chunk({}, reply.reason or ("tool_calls" if reply.calls else "stop"))
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    yield {**_chunk({}), "choices": [], "usage": usage}


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": MODEL,
        "choices": [choice],
    }
