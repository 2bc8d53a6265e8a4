"""HTTP between the browser and a served notebook: streamed both ways, nothing kept back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from hmac import compare_digest
from typing import Any

import aiohttp
from jupyter_server.base.handlers import JupyterHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated, stream_request_body

from neutrino_lab.lab import docs, forwarding
from neutrino_lab.lab.errors import TooSlowError, WorkerFailedError
from neutrino_lab.lab.forwarding import PublicAddress
from neutrino_lab.lab.handler import SHARED, Handler, executes
from neutrino_lab.lab.protocol import STATUS_HEADER
from neutrino_lab.serve.call_context import CALL_HEADER, LIMIT_HEADER

_NO_LIMIT = 1 << 50
_CHUNKS_AHEAD = 4
# What is no longer than this is sent in one piece.
_SMALL_BYTES = 64 * 1024
# The statuses that a browser's `fetch` takes for a redirect.
_REDIRECTS = {301, 302, 303, 307, 308}
_JUPYTER = JupyterHandler.get_current_user.__module__
_PROGRAM = "neutrino_lab_program"


@executes
async def allowed(_: Handler) -> None:
    """Ask Jupyter's authorizer, before the worker sees anything."""


def public_address(handler: Handler, prefix: str) -> PublicAddress:
    """Give the address of a notebook as the user of this request sees it."""
    request = handler.request
    id_ = prefix.rpartition("/")[2]
    return PublicAddress(prefix, request.protocol, request.host, f"neutrino-{id_}-")


@stream_request_body
class ProxyHandler(Handler):
    """Passes a request on to the worker, and its answer back.

    Tornado calls the verb's method only when the body is complete, so the worker is asked in
    `prepare`, and the body follows through a short queue. What goes wrong there is raised from the
    verb's method: raised at once it would cut the connection under a client that still sends.
    """

    _task: asyncio.Task[Any] | None = None
    _asked: tuple[str, str, str] | None = None
    _is_new = True
    _is_late = False
    _failure: Exception | None = None
    _own: Callable[[], object] | None = None
    _body: asyncio.Queue[bytes | None] | None = None

    async def prepare(self, **options: Any) -> None:
        # Compressing is the app's own affair, and would hold back what streams.
        self._transforms = []
        try:
            self._recognize()
            await super().prepare(**options)
            await allowed(self)
            id_, prefix = split(self.request.path, self.base_url)
            notebook = self.notebook(id_)
            if self.request.path == prefix:
                kept = forwarding.query(self.request.query)
                self._own = partial(self.redirect, f"{prefix}/{'?' if kept else ''}{kept}")
                return None
            path = forwarding.inner_path(self.request.path, prefix)
            if docs.is_ours(path, notebook) and self.request.method in {"GET", "HEAD"}:
                self._own = partial(docs.page, self, notebook)
                return None
        except Exception as error:  # noqa: BLE001 - raised again by the verb's method
            self._failure = error
            return None
        self._asked = (id_, prefix, path)
        if "Content-Length" in self.request.headers or "Transfer-Encoding" in self.request.headers:
            self._body = asyncio.Queue(_CHUNKS_AHEAD)
            # Only now, for callers with access: others get no more than Jupyter's own limit.
            self.request.connection.set_max_body_size(_NO_LIMIT)  # type: ignore[union-attr]
            self._task = asyncio.create_task(self._pass_on(*self._asked))
        return None

    def _recognize(self) -> None:
        """Take a program that says Jupyter's own token in a header for the same user each time.

        Jupyter would make up another one, in a tenth of the time of all. What it does besides, it
        does; whoever shows a cookie, or is asked for in another way, is left to it.
        """
        provider, headers = self.identity_provider, self.request.headers
        is_own = type(provider) in SHARED and self.get_current_user.__module__ == _JUPYTER
        if not is_own or not self.token or "Cookie" in headers or "Authorization" not in headers:
            return
        token = provider.get_token(self)
        if token is None or not compare_digest(token.encode(), self.token.encode()):
            return
        if _PROGRAM not in self.settings:
            self.settings[_PROGRAM] = provider.generate_anonymous_user(self)
        self._jupyter_current_user = self.settings[_PROGRAM]
        self._token_authenticated = True

    async def data_received(self, chunk: bytes) -> None:
        """Put a piece of the body into the queue to the worker, and wait while that is full."""
        if self._body is None or self._task is None:
            return
        putting = asyncio.ensure_future(self._body.put(chunk))
        # The worker may answer without reading the body to its end.
        await asyncio.wait({putting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._task is not None:
            self._task.cancel()

    def set_default_headers(self) -> None:
        """Set Jupyter's headers where Jupyter answers: those of the app take their place."""
        if self._is_new:
            self._is_new = False  # Tornado is making the handler
        else:
            super().set_default_headers()

    def compute_etag(self) -> str | None:
        """Add no ETag: the answer is the app's."""
        return None

    def set_signed_cookie(self, *given: Any, **options: Any) -> None:
        """Set no login cookie where the token comes in a header: that is a program, which sends
        it again, and to sign a cookie for each of its calls takes a tenth of the time of all."""
        if "Authorization" not in self.request.headers:
            super().set_signed_cookie(*given, **options)

    # The name that Jupyter calls it by.
    set_secure_cookie = set_signed_cookie

    def check_xsrf_cookie(self) -> None:
        """Let Jupyter check, unless a page of the app itself calls, which knows no token.

        Only where its pages are trusted: a sandboxed page is no same-origin caller.
        """
        headers = self.request.headers
        knows_token = "X-XSRFToken" in headers or "_xsrf" in self.request.arguments
        if (
            not self.services.sandboxed
            and not knows_token
            and headers.get("Sec-Fetch-Site") == "same-origin"
            and headers.get("Origin") == f"{self.request.protocol}://{self.request.host}"
        ):
            return
        super().check_xsrf_cookie()

    @authenticated
    async def get(self, *_: str) -> None:
        """Wait until the answer is complete, or raise what kept it from coming."""
        if self._failure is not None:
            raise self._failure
        if self._own is not None:
            self.set_default_headers()
            # Not in `prepare`: an answer before the request has ended costs the connection.
            self._own()
        if self._asked is None:
            return
        if self._task is None:
            await self._pass_on_here(*self._asked)
        elif self._body is not None:
            putting = asyncio.ensure_future(self._body.put(None))
            await asyncio.wait({putting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            putting.cancel()
            await asyncio.wait({self._task})
        if self._failure is not None:
            raise self._failure

    head = post = put = patch = delete = options = get

    async def _pass_on_here(self, id_: str, prefix: str, path: str) -> None:
        """Pass on what has no body, until the client leaves."""
        self._task = asyncio.current_task()
        try:
            await self._pass_on(id_, prefix, path)
        except asyncio.CancelledError:
            if not self._is_left:
                raise

    async def _pass_on(self, id_: str, prefix: str, path: str) -> None:
        where = public_address(self, prefix)
        client = str(self.request.remote_ip)
        try:
            notebook = self.notebook(id_)
            upstream = await notebook.reach()
            headers = forwarding.request_headers(self.request.headers.get_all(), where, client)
            limits_s = (self.services.request_timeout_s, notebook.options.request_limit_s)
            limit_s = min(filter(None, limits_s), default=None)
            headers = [each for each in headers if each[0].title() != LIMIT_HEADER]
            if limit_s is not None:
                headers.append((LIMIT_HEADER, f"{limit_s:f}"))
            asking = upstream.session.request(
                str(self.request.method),
                upstream.url(path, forwarding.query(self.request.query)),
                headers=[*headers, *upstream.headers.items()],
                data=self._chunks() if self._body is not None else None,
                allow_redirects=False,
            )
            # As `wait_for` would, without a task of its own.
            timer = limit_s and asyncio.get_running_loop().call_later(limit_s, self._be_late)
            try:
                answering = await asking
            finally:
                if timer:
                    timer.cancel()
            async with answering as answer:
                await self._answer(answer, where, path)
        except StreamClosedError:
            return  # the client has gone
        except asyncio.CancelledError:
            if not self._is_late:
                raise
            self._fail(TooSlowError("The notebook took too long to answer."))
        except (aiohttp.ClientError, OSError):
            text = "The notebook's process broke off before it had answered."
            self._fail(WorkerFailedError(text))
        except Exception as error:  # noqa: BLE001 - raised again by the verb's method
            self._fail(error)

    async def _answer(
        self, answer: aiohttp.ClientResponse, where: PublicAddress, path: str
    ) -> None:
        if answer.status < 200:
            # Nobody has asked to switch protocols.
            raise WorkerFailedError(f"The notebook answered with status {answer.status}.")
        self.set_status(answer.status, answer.reason)
        for name in list(self._headers):
            self.clear_header(name)
        raw = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.raw_headers]
        sandboxed = self.services.sandboxed
        kept = forwarding.answer_headers(
            raw,
            where,
            path,
            sandboxed=sandboxed,
            may_leave=self._may_leave(answer.status),
            admit=partial(self.services.cookies.admit, where.prefix),
        )
        for name, text in kept:
            self.add_header(name, text)
        if CALL_HEADER in self.request.headers and answer.status in _REDIRECTS:
            # The preview follows no redirect, and a browser tells a page nothing else of one.
            self.set_status(200)
            self.set_header(STATUS_HEADER, f"{answer.status} {answer.reason or ''}".strip())
        length = answer.content_length
        if self.request.method == "HEAD" or answer.status in {204, 304}:
            await self.finish()
        elif length is not None and length <= _SMALL_BYTES:
            await self.finish(await answer.read())
        else:
            await self.flush()
            async for chunk in answer.content.iter_any():
                self.write(chunk)
                await self.flush()
            await self.finish()

    def _be_late(self) -> None:
        self._is_late = True
        if self._task is not None:
            self._task.cancel()

    def _may_leave(self, status: int) -> bool:
        """Whether a redirect may lead to where it wants. What a form has sent stays here."""
        is_sent_again = self.request.method not in {"GET", "HEAD"} and status in {307, 308}
        return forwarding.is_navigation(self.request.headers) and not is_sent_again

    async def _chunks(self) -> AsyncIterator[bytes]:
        assert self._body is not None
        while (chunk := await self._body.get()) is not None:
            yield chunk

    def _fail(self, error: Exception) -> None:
        """Answer with the error; an answer that has begun is broken off instead, so that the
        client does not take it for complete."""
        if not self._headers_written:
            self._failure = error
            return
        stream = getattr(self.request.connection, "stream", None)
        if stream is not None:
            stream.close()


def split(path: str, base_url: str) -> tuple[str, str]:
    """Give the id and the prefix `…/neutrino/live/ID` of a path as it was sent. Raises HTTPError
    404."""
    root = f"{base_url}neutrino/live/"
    if not path.startswith(root):
        raise HTTPError(404)
    id_ = path[len(root) :].partition("/")[0]
    return id_, f"{root}{id_}"
