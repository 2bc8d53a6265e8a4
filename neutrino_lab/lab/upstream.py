"""The connections to one worker."""

from __future__ import annotations

import aiohttp
from yarl import URL

from neutrino_lab.serve.status import Address
from neutrino_lab.serve.worker import KEY_HEADER

_KEEPALIVE_S = 30
_CONNECT_S = 5


class Upstream:
    """One worker's address and a session with it; another process is another upstream."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.headers = {KEY_HEADER: address.key} if address.key else {}
        connector: aiohttp.BaseConnector
        if address.path:
            connector = aiohttp.UnixConnector(address.path, limit=0, keepalive_timeout=_KEEPALIVE_S)
        else:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEPALIVE_S)
        self.session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            # An answer may stream for days; only getting hold of the worker must be quick.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S),
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            # The browser may send cookies of any size along.
            max_line_size=1 << 16,
            max_field_size=1 << 16,
        )

    def url(self, path: str, query: str) -> URL:
        """Name a path in the worker, exactly as the client spelled it."""
        port = f":{self.address.port}" if self.address.port else ""
        return URL(f"http://127.0.0.1{port}{path}{'?' if query else ''}{query}", encoded=True)

    async def close(self) -> None:
        """Close the connections to the worker that are open."""
        await self.session.close()
