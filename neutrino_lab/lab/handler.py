"""What all handlers share: who may call, how an error looks, what the log says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, TypeVar, cast

from jupyter_server.auth import User
from jupyter_server.auth.decorator import authorized
from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.base.handlers import JupyterHandler
from pydantic import ValidationError
from tornado.log import access_log
from tornado.web import Finish, HTTPError, authenticated

from neutrino_lab.lab.analysis import DocumentAnalyzer
from neutrino_lab.lab.cookies import CookieLimit
from neutrino_lab.lab.executors import ANALYSES, Executor
from neutrino_lab.lab.exports import Exports
from neutrino_lab.lab.problem import is_system, plain, problem
from neutrino_lab.lab.registry import Notebook, Registry
from neutrino_lab.runtime.errors import NeutrinoError

Method = TypeVar("Method", bound=Callable[..., Any])
T = TypeVar("T")

# What an authorizer of Jupyter's is asked about.
RESOURCE = "neutrino"
KEY = "neutrino_lab_services"
# With these all users share a token or a password, and are one.
SHARED = (IdentityProvider, PasswordIdentityProvider)
_HOSTS = "neutrino_lab_hosts"
_MOST_HOSTS = 64


@dataclass(slots=True, eq=False)
class Services:
    """What the handlers call: made when the server starts, one for each server."""

    registry: Registry
    analyzer: DocumentAnalyzer
    exports: Exports
    _: KW_ONLY
    sandboxed: bool
    request_timeout_s: float
    analyses: Executor = field(default_factory=lambda: Executor("analysis", ANALYSES))
    cookies: CookieLimit = field(default_factory=CookieLimit)


class Handler(JupyterHandler):
    """Refuses strangers, foreign origins and foreign hosts, and answers errors as problems."""

    auth_resource = RESOURCE

    _work: asyncio.Future[Any] | None = None
    _is_left = False

    @property
    def services(self) -> Services:
        """What the extension's handlers share, from the settings of the server."""
        return cast("Services", self.settings[KEY])

    @property
    def user(self) -> str:
        """Who calls. Where all users share a token or a password, they are one."""
        shared = type(self.identity_provider) in SHARED
        return "" if shared else cast("User", self.current_user).username

    async def prepare(self, **options: Any) -> None:
        if not self.check_origin():
            self.current_user = self._jupyter_current_user = None
            raise HTTPError(403)
        await super().prepare(**{**options, "_redirect_to_login": False})
        if self.current_user is None:
            raise HTTPError(403)

    def check_host(self) -> bool:
        """Let Jupyter check each `Host` once: parsing it takes longer than it seems."""
        # What the check asks for is fixed when the server starts.
        host, known = self.request.host, self.settings.setdefault(_HOSTS, set())
        if host in known:
            return True
        is_good = super().check_host()
        if is_good and len(known) < _MOST_HOSTS:
            known.add(host)
        return is_good

    async def while_connected(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work that is called off where the client leaves first."""
        self._work = working = asyncio.ensure_future(work)
        try:
            return await working
        except asyncio.CancelledError:
            if not self._is_left:
                raise
            raise Finish from None

    def on_connection_close(self) -> None:
        """Call off what the request waits for, since the client has gone."""
        super().on_connection_close()
        self._is_left = True
        if self._work is not None:
            self._work.cancel()

    def get_login_url(self) -> str:
        """Refuse a stranger with 403 in the place of a redirection. Raises HTTPError."""
        # Callers are programs and embedded pages: a login page would be no answer to them.
        raise HTTPError(403)

    def skip_check_origin(self) -> bool:
        """Say that the origin is always checked."""
        # Not even for holders of the token: a page of another site may have been given it.
        return False

    def notebook(self, id_: str) -> Notebook:
        """Find a served notebook by its id. Raises UnknownError."""
        return self.services.registry.get(id_)

    def finish_json(self, text: str | bytes, status: int = 200) -> None:
        """Finish with JSON that no cache keeps."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.finish(text)

    def finish_empty(self) -> None:
        """Finish with 204: it is done, and there is nothing to say."""
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **options: Any) -> None:
        """Answer with a Problem in JSON, and the status that `problem` has for the error."""
        error = options.get("exc_info", (None, None, None))[1]
        status, body = problem(error) if error else (status_code, plain(status_code))
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(body.model_dump_json())

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what is unexpected; Tornado's own account would hold the query."""
        if isinstance(value, HTTPError):
            text = value.get_message() if value.log_message else value.reason
            self.log.warning("%d %s: %s", value.status_code, self._request_summary(), text)
        elif is_system(value):
            self.log.warning("%s: %s", self._request_summary(), value.strerror)
        elif not isinstance(value, (NeutrinoError, ValidationError)):
            self.log.error("%s failed", self._request_summary(), exc_info=(typ, value, tb))

    def _request_summary(self) -> str:
        """Name the request in the log, without its query: that is the user's."""
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"

    def _log(self) -> None:
        """Log the request; Jupyter's own line would hold the query, and the one of the referrer."""
        status = self.get_status()
        if status >= 400:  # the calls that went well are in the journal
            took_ms = 1000 * self.request.request_time()
            access_log.warning("%d %s %.2fms", status, self._request_summary(), took_ms)


def reads(method: Method) -> Method:
    """Refuse strangers, and let Jupyter's authorizer decide who may see what is served."""
    return _allowed("read", method)


def writes(method: Method) -> Method:
    """Refuse strangers, and let Jupyter's authorizer decide who may write files."""
    return _allowed("write", method)


def executes(method: Method) -> Method:
    """Refuse strangers, and let Jupyter's authorizer decide who may run what the user wrote."""
    return _allowed("execute", method)


def _allowed(action: str, method: Method) -> Method:
    return cast("Method", authenticated(authorized(action)(method)))
