"""The connections to one worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from yarl import URL

from neutrino_lab.lab.connection import Answer, Connection, Headers
from neutrino_lab.serve.status import Address
from neutrino_lab.serve.worker import KEY_HEADER

_CONNECT_S = 5
# What may be sent again: the worker may close a connection in the moment in which it is used.
_REPEATABLE = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}


class Upstream:
    """One worker's address and the connections to it; another process is another upstream.

    `session` is for WebSockets.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self.headers = {KEY_HEADER: address.key} if address.key else {}
        self.session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(address.path, limit=0)
            if address.path
            else aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            # A socket may be open for days; only getting hold of the worker must be quick.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            # The answer to a handshake may set cookies of any size.
            max_line_size=1 << 16,
            max_field_size=1 << 16,
        )
        self._open: set[Connection] = set()
        # The last one is taken first: those that are not needed are left to the worker to close.
        self._idle: dict[Connection, None] = {}

    async def ask(
        self,
        method: str,
        target: str,
        headers: Headers,
        body: AsyncIterator[bytes] | None = None,
    ) -> Answer:
        """Ask the worker, and give its answer when the head has come; `target` is a path and query
        as the client spelled them. Raises OSError, and as `Connection.ask` does."""
        headers = [*headers, *self.headers.items()]
        while self._idle:
            connection, _ = self._idle.popitem()
            try:
                return await connection.ask(method, target, headers, body)
            except ConnectionError:
                if body is not None or method not in _REPEATABLE or self.session.closed:
                    raise
        connection = await self._connect()
        return await connection.ask(method, target, headers, body)

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()

        def make() -> Connection:
            return Connection(self._idle.setdefault, self._forget)

        connecting = (
            loop.create_unix_connection(make, self.address.path)
            if self.address.path
            else loop.create_connection(make, "127.0.0.1", self.address.port)
        )
        try:
            _, connection = await asyncio.wait_for(connecting, _CONNECT_S)
        except asyncio.TimeoutError:
            raise ConnectionRefusedError("The worker accepts no connection.") from None
        self._open.add(connection)
        return connection

    def _forget(self, connection: Connection) -> None:
        self._idle.pop(connection, None)
        self._open.discard(connection)

    def url(self, path: str, query: str) -> URL:
        """Name a path in the worker, exactly as the client spelled it."""
        port = f":{self.address.port}" if self.address.port else ""
        return URL(f"http://127.0.0.1{port}{path}{'?' if query else ''}{query}", encoded=True)

    async def close(self) -> None:
        """Close the connections to the worker that are open."""
        for connection in list(self._open):
            connection.close()
        await self.session.close()
