"""The service: sessions and executions over a pool of kernels, for many users. No HTTP."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from jupyter_core.utils import ensure_async

from neutrino_lab.kernels import answers, cache, checks, files
from neutrino_lab.kernels.conversation import MakeWire
from neutrino_lab.kernels.errors import (
    FilePathError,
    KernelsError,
    MalformedError,
    NoKernelError,
    SessionExpiredError,
    UnknownKernelError,
)
from neutrino_lab.kernels.executions import Execution, Executions, Result, reporting
from neutrino_lab.kernels.isolation import Isolation
from neutrino_lab.kernels.kernel import Kernel
from neutrino_lab.kernels.pool import Pool
from neutrino_lab.kernels.rates import Rates, at_most
from neutrino_lab.kernels.runner import Runner
from neutrino_lab.kernels.sessions import Session, Sessions
from neutrino_lab.kernels.settings import MOST_CODE_CHARACTERS, Settings
from neutrino_lab.kernels.tasks import Tasks, call_off

LOGGER = logging.getLogger(__name__)

_SWEEP_S = 5.0
Audit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run. `timeout_s` 0 is the default; `cache_s` 0 answers nothing from before.

    `stay`: it goes on when nobody reads it any more.
    """

    code: str
    session_id: str | None = None
    timeout_s: float = 0.0
    kernel_name: str = ""
    files: Mapping[str, Any] = field(default_factory=dict)
    cache_s: float = 0.0
    stay: bool = False


class Service:
    """Runs code on kernels. Make it on the event loop that it is to live on."""

    def __init__(  # noqa: PLR0913 - what it needs of others, by keywords
        self,
        multi: Any,
        specs: Any,
        make_wire: MakeWire,
        settings: Settings,
        *,
        link: Callable[[str], str] = lambda path: path,
        audit: Audit = lambda _: None,
        observe: Callable[[str, float], None] = lambda *_: None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self.sessions = Sessions()
        self.executions = Executions()
        self._multi = multi
        self._specs = specs
        self._make_wire = make_wire
        self._audit = audit
        self._observe = observe
        self._close = close
        self._rates = Rates(settings.per_minute)
        self._versions: dict[str, tuple[str, str]] = {}
        self._cache = cache.Cache()
        self._runner = Runner(settings, link)
        self._tasks = Tasks()
        self._sweeping: asyncio.Task[None] | None = None
        self.pool = Pool(
            self._make_kernel,
            size=settings.pool,
            most=settings.most_kernels,
            wait_s=settings.kernel_wait_s,
        )

    # Its life

    def start(self) -> None:
        """Fill the pool, and look after sessions that nobody uses."""
        self.pool.fill(self.settings.kernel_name)
        self._look_after()

    async def close(self) -> None:
        """Cancel what runs, and end every session and kernel."""
        if self._sweeping is not None:
            await call_off(self._sweeping)
            self._sweeping = None
        await self._tasks.close()
        for session in self.sessions.all():
            await self._end(session)
        await self.pool.close()
        self._close()

    # Sessions

    async def open_session(  # noqa: PLR0913 - all optional, by keywords
        self,
        owner: str,
        *,
        kernel_name: str = "",
        limits: Mapping[str, Any] | None = None,
        ttl_s: float = 0.0,
        imports: tuple[str, ...] = (),
        name: str = "",
    ) -> Session:
        """Open a session; its kernel may be starting yet.

        Raises MalformedError, UnknownKernelError, LimitReachedError.
        """
        chosen = kernel_name or self.settings.kernel_name
        await self.check_kernel(chosen)
        isolation = self.settings.isolation
        if limits:
            isolation = replace(isolation, limits=isolation.limits.lowered(dict(limits)))
        bad = next((each for each in imports if not checks.is_module(each)), None)
        if bad is not None:
            raise MalformedError(f"{bad!r} is no name of a module.", imports=bad)
        at_most(len(self.listed(owner)), self.settings.sessions, "sessions")

        async def start() -> Kernel:
            taken = self.pool.start(chosen, isolation) if limits else self.pool.take(chosen)
            kernel = await taken
            self._versions[chosen] = (kernel.language, kernel.version)
            for each in imports:
                code, stop = f"import {each}", asyncio.Event()
                await kernel.run(code, lambda _: True, timeout_s=60, stop=stop)
            return kernel

        session = Session(
            owner,
            chosen,
            start,
            isolation=isolation,
            ttl_s=min(ttl_s or self.settings.ttl_s, self.settings.ttl_s),
            name=name,
        )
        self.sessions.add(session)
        self._look_after()
        # What is idle is handed out within a moment; what is not is told as starting.
        with suppress(asyncio.TimeoutError, KernelsError):
            await asyncio.wait_for(session.kernel(), 0.25)
        return session

    def listed(self, owner: str) -> list[Session]:
        """Give the sessions of a user that have not ended, oldest first."""
        return [e for e in self.sessions.all() if e.owner == owner and not e.has_ended]

    async def end_session(self, id_: str, owner: str) -> None:
        """End a session, and what runs in it. Raises SessionExpiredError."""
        await self._end(self.sessions.get(id_, owner))

    def interrupt_session(self, id_: str, owner: str) -> None:
        """End what runs in a session now. Raises SessionExpiredError."""
        self._interrupt(self.sessions.get(id_, owner))

    async def restart_session(self, id_: str, owner: str) -> Session:
        """Give a session a fresh process. Raises SessionExpiredError, NoKernelError."""
        session = self.sessions.get(id_, owner)
        session.use()
        self._interrupt(session)
        await session.restart()
        return session

    async def folder(self, id_: str, owner: str) -> Path:
        """Give a session's folder. Raises SessionExpiredError, NoKernelError, FilePathError."""
        session = self.sessions.get(id_, owner)
        session.use()
        await session.kernel()
        if session.folder is None:
            raise FilePathError("This session's kernel runs elsewhere: its files are not here.")
        return session.folder

    # Executions

    async def execute(self, owner: str, request: Request) -> Execution:
        """Begin to run code; the answer is `await execution.finished()`.

        Raises MalformedError, UnknownKernelError, LimitReachedError, FilePathError.
        """
        settings = self.settings
        timeout_s = request.timeout_s or settings.timeout_s
        if not 0 < timeout_s <= settings.most_timeout_s:
            raise MalformedError(
                f"`timeout_s` has to be above 0 and at most {settings.most_timeout_s:g}.",
                name="timeout_s",
            )
        if len(request.code) > MOST_CODE_CHARACTERS:
            raise MalformedError(f"The code is longer than {MOST_CODE_CHARACTERS:,} characters.")
        if not 0 <= request.cache_s <= settings.most_cache_s:
            raise MalformedError(f"`cache_s` has to be between 0 and {settings.most_cache_s:g}.")
        contents = files.contents(request.files)
        execution = Execution(owner, request.code, request.session_id)
        session = None
        kernel_name = request.kernel_name or settings.kernel_name
        try:
            if request.session_id is not None:
                session = self.sessions.get(request.session_id, owner)
                kernel_name = session.kernel_name
        except SessionExpiredError as error:
            self._rates.count(owner)
            self.executions.add(execution)
            self._refuse(execution, "session_expired", "SessionExpired", str(error))
            return execution
        if session is None:
            await self.check_kernel(kernel_name)
        self._rates.count(owner)
        at_most(len(self.executions.running(owner)), settings.concurrent, "executions")
        self.executions.add(execution)
        if finding := await self._finding(request.code, kernel_name):
            self._refuse(execution, finding.status, finding.name, finding.message, finding.trace)
            return execution
        key = ""
        if session is None and request.cache_s:
            limits = settings.isolation.limits.as_dict()
            key = cache.key(owner, request.code, kernel_name, contents, limits)
        if key and (known := self._cache.get(key, request.cache_s)):
            self._finish(
                execution, replace(known, execution_id=execution.id, is_cached=True), kernel_name
            )
            return execution
        work = self._run(
            execution,
            session=session,
            kernel_name=kernel_name,
            contents=contents,
            timeout_s=timeout_s,
            key=key,
        )
        self._tasks.begin(work)
        return execution

    def leave(self, execution: Execution, *, grace_s: float | None = None) -> None:
        """End an execution that nobody reads any more, unless somebody comes back in time."""
        grace_s = self.settings.return_s if grace_s is None else grace_s

        async def end_it() -> None:
            await asyncio.sleep(grace_s)
            if not execution.readers and not execution.is_over:
                execution.stop.set()

        if not execution.is_over:
            self._tasks.begin(end_it())

    async def _run(  # noqa: PLR0913 - one call, from `execute`
        self,
        execution: Execution,
        *,
        session: Session | None,
        kernel_name: str,
        contents: Mapping[str, bytes],
        timeout_s: float,
        key: str,
    ) -> None:
        try:
            async with reporting(execution):
                if session is not None:
                    result = await self._runner.run_in(session, execution, contents, timeout_s)
                else:
                    result = await self._run_fresh(execution, kernel_name, contents, timeout_s)
        except asyncio.CancelledError:
            execution.fail(NoKernelError("The service is ending."))
            raise
        except Exception as error:
            if not isinstance(error, KernelsError):
                LOGGER.exception("an execution failed")
            execution.fail(error)
            self._note_end(execution, kernel_name)
            return
        if key and result.status == "ok":
            self._cache.put(key, result)
        self._finish(execution, result, kernel_name)

    async def _run_fresh(
        self, execution: Execution, name: str, contents: Mapping[str, bytes], timeout_s: float
    ) -> Result:
        kernel = await self.pool.take(name)
        try:
            self._versions[name] = (kernel.language, kernel.version)
            return await self._runner.run_on(kernel, execution, contents, timeout_s)
        finally:
            self.pool.end(kernel)

    # Answers without a kernel

    def _refuse(
        self, execution: Execution, status: Any, name: str, message: str, trace: str = ""
    ) -> None:
        self._finish(execution, answers.refusal(execution, status, name, message, trace), "")

    def _finish(self, execution: Execution, result: Result, kernel_name: str) -> None:
        execution.finish(result)
        self._note_end(execution, kernel_name)

    def _note_end(self, execution: Execution, kernel_name: str) -> None:
        self.executions.keep_finished(execution)
        record = execution.record(kernel_name, with_code=self.settings.audit_code)
        self._observe(record["status"], record["duration_ms"] / 1000)
        self._audit(record)

    async def _finding(self, code: str, kernel_name: str) -> checks.Finding | None:
        if not await self._reads_as_ours(kernel_name):
            return None
        found = await asyncio.to_thread(checks.syntax, code)
        return found or checks.denied(code, self.settings.denied)

    async def _reads_as_ours(self, kernel_name: str) -> bool:
        """Tell whether a kernel's language is the Python that we are ourselves."""
        known = self._versions.get(kernel_name)
        if known is not None:
            return known[0] == "python" and checks.is_same_python(known[1])
        spec = await self.check_kernel(kernel_name)
        # A gateway's are no objects.
        first = (getattr(spec, "argv", []) or [""])[0]
        return getattr(spec, "language", "") == "python" and checks.is_own_interpreter(first)

    async def check_kernel(self, name: str) -> Any:
        """Find a kernelspec. Raises UnknownKernelError, NoKernelError."""
        try:
            return await ensure_async(self._specs.get_kernel_spec(name))
        except (NoSuchKernel, KeyError):
            raise UnknownKernelError(f"There is no kernel {name} here.", name=name) from None
        except Exception as error:
            raise NoKernelError(f"The kernels cannot be asked for: {error}") from error

    # The rest

    def _make_kernel(self, name: str, isolation: Isolation | None) -> Kernel:
        return Kernel(
            self._multi,
            name,
            isolation or self.settings.isolation,
            self._make_wire,
            imports=self.settings.imports,
            start_s=self.settings.start_s,
        )

    def _look_after(self) -> None:
        if self._sweeping is None or self._sweeping.done():
            self._sweeping = asyncio.create_task(self._sweep())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            await self.pool.check()
            for session in self.sessions.all():
                session.count_connections(time.time())
                if session.has_ended or session.is_due(time.time()):
                    await self._end(session)

    def _interrupt(self, session: Session) -> None:
        for execution in self.executions.running(session.owner):
            if execution.session_id == session.id:
                execution.stop.set()

    async def _end(self, session: Session) -> None:
        self.sessions.remove(session)
        self._interrupt(session)
        kernel = await session.abandon()
        if kernel is not None:
            self.pool.end(kernel)
