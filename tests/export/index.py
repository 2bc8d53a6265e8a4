"""A package index of our own on the loopback: wheels made on the spot, a password if wanted."""

from __future__ import annotations

import base64
import hashlib
import io
import socket
import threading
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Release:
    """One release: what it requires, and why it was withdrawn, if it was."""

    name: str
    version: str
    requires: Sequence[str] = ()
    yanked: str = ""

    @property
    def file(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    def wheel(self) -> bytes:
        content = io.BytesIO()
        folder = f"{self.name.replace('-', '_')}-{self.version}.dist-info"
        needs = "".join(f"Requires-Dist: {line}\n" for line in self.requires)
        texts = {
            f"{self.name.replace('-', '_')}.py": "",
            f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {self.name}\n"
            f"Version: {self.version}\nProvides-Extra: standard\n{needs}\n",
            f"{folder}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with zipfile.ZipFile(content, "w") as archive:
            for name, text in texts.items():
                archive.writestr(zipfile.ZipInfo(name), text)
            record = "".join(f"{name},,\n" for name in [*texts, f"{folder}/RECORD"])
            archive.writestr(zipfile.ZipInfo(f"{folder}/RECORD"), record)
        return content.getvalue()


@dataclass(slots=True)
class Index:
    """Where it is, and what it was asked for."""

    port: int
    asked: list[str] = field(default_factory=list)

    def url(self, user: str = "") -> str:
        return f"http://{user}{'@' if user else ''}127.0.0.1:{self.port}/simple"


@contextmanager
def serving(releases: Sequence[Release], *, user: str = "") -> Iterator[Index]:
    """Serve releases in the simple HTML form of PEP 503; `user` is `name:password`."""
    wheels = {release.file: release.wheel() for release in releases}
    pages: Mapping[str, list[Release]] = {
        name: [r for r in releases if r.name == name] for name in {r.name for r in releases}
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            wanted = f"Basic {base64.b64encode(user.encode()).decode()}"
            if user and self.headers.get("Authorization") != wanted:
                self.answer(401, b"", "text/plain")
                return
            kind, _, rest = self.path.strip("/").partition("/")
            if kind == "files" and rest in wheels:
                self.answer(200, wheels[rest], "application/zip")
            elif kind == "simple" and rest in pages:
                links = "".join(map(self.link, pages[rest]))
                self.answer(200, f"<!DOCTYPE html><html>{links}</html>".encode(), "text/html")
            else:
                self.answer(404, b"", "text/plain")

        do_HEAD = do_GET  # noqa: N815

        def link(self, release: Release) -> str:
            digest = hashlib.sha256(wheels[release.file]).hexdigest()
            yanked = f' data-yanked="{release.yanked}"' if release.yanked else ""
            return f'<a href="/files/{release.file}#sha256={digest}"{yanked}>{release.file}</a>'

        def answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index = Index(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def hanging() -> Iterator[tuple[str, threading.Event]]:
    """An address that takes connections and never answers; the event says that one came."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    taken.append(listener.accept()[0])
                    asked.set()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/simple", asked
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in taken:
                each.close()
