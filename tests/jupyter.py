"""A client of a Jupyter server with our extension, and what the server has told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import aiohttp
from jupyter_server.auth import IdentityProvider, User
from jupyter_server.serverapp import ServerApp
from yarl import URL

from neutrino_lab.lab.handler import KEY, Services
from neutrino_lab.lab.protocol import SCHEMA_ID
from tests.notebooks import write

DEADLINE_S = 30


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    cookies: list[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Named(IdentityProvider):
    """Tells users apart by a header, as a provider behind a hub would by a cookie."""

    def get_user(self, handler: Any) -> User | None:
        name = handler.request.headers.get("X-User", "")
        return User(username=name) if name else None


class Lab:
    """Calls the server as a user with its token; `browser` calls as one with a login cookie."""

    def __init__(self, app: ServerApp) -> None:
        self.app = app
        self.root = Path(app.contents_manager.root_dir)
        self.base = app.base_url
        self.host = f"127.0.0.1:{app.port}"
        self.token = str(app.identity_provider.token)
        self.events: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    @property
    def services(self) -> Services:
        return cast("Services", self.app.web_app.settings[KEY])

    async def open(self) -> None:
        self.session = aiohttp.ClientSession(
            auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        )
        assert self.app.event_logger is not None
        self.app.event_logger.add_listener(schema_id=SCHEMA_ID, listener=self._hear)

    async def close(self) -> None:
        assert self.app.event_logger is not None
        self.app.event_logger.remove_listener(schema_id=SCHEMA_ID, listener=self._hear)
        await self.services.registry.close()
        await self.session.close()

    def url(self, path: str) -> URL:
        """An address below the base URL, spelled exactly so."""
        return URL(f"http://{self.host}{self.base}{path}", encoded=True)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        token: bool = True,
    ) -> Response:
        """Call anything; `body` is JSON unless it is bytes or a generator of them."""
        data = json.dumps(body).encode() if isinstance(body, dict | list) else body
        sent = {"Authorization": f"token {self.token}"} if token else {}
        async with self.session.request(
            method,
            self.url(path),
            data=data,
            headers={**sent, **(headers or {})},
            allow_redirects=False,
        ) as answer:
            return Response(
                answer.status,
                answer.headers,
                answer.headers.getall("Set-Cookie", []),
                await answer.read(),
            )

    async def login(self) -> dict[str, str]:
        """The headers of a browser that has logged in: the login cookie and the XSRF token."""
        answer = await self.ask("GET", "api/me")
        cookies = [each.partition(";")[0] for each in answer.cookies]
        page = await self.ask("GET", "neutrino/api/served", headers={"Cookie": "; ".join(cookies)})
        assert page.status == 200
        return {"Cookie": "; ".join(cookies)}

    async def serve(self, path: str, *cells: str, **options: Any) -> str:
        """Write a notebook, serve it until it is live, and give its id."""
        write(self.root / path, *cells)
        answer = await self.ask(
            "POST", "neutrino/api/served", body={"path": path, "trusted": True, **options}
        )
        assert answer.status == 201, answer.text
        id_ = cast("str", answer.json["id"])
        await self.until(id_, lambda served: served["state"] == "live")
        return id_

    async def served(self, id_: str) -> dict[str, Any]:
        return cast("dict[str, Any]", (await self.ask("GET", f"neutrino/api/served/{id_}")).json)

    async def get(self, id_: str, path: str, **options: Any) -> Response:
        """Call an endpoint of a served notebook through the proxy."""
        return await self.ask("GET", f"neutrino/live/{id_}{path}", **options)

    async def save(self, path: str, *cells: str) -> None:
        """Save a notebook through Jupyter's contents."""
        scratch = write(self.root.parent / "scratch.ipynb", *cells)
        model = {"type": "notebook", "format": "json", "content": json.loads(scratch.read_text())}
        answer = await self.ask("PUT", f"api/contents/{path}", body=model)
        assert answer.status in {200, 201}, answer.text

    async def until(self, id_: str, condition: Callable[[dict[str, Any]], object]) -> None:
        """Wait until what is told of a served notebook fulfils a condition."""

        async def wait() -> None:
            while True:
                self._news.clear()
                found = [e["served"] for e in self.events if e["served"] and e["id"] == id_]
                if found and condition(found[-1]):
                    return
                await self._news.wait()

        try:
            await asyncio.wait_for(wait(), DEADLINE_S)
        except asyncio.TimeoutError:
            raise AssertionError(f"it did not come to that: {self.events[-1:]}") from None

    async def _hear(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        self.events.append(data)
        self._news.set()
