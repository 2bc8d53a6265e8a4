"""All notebooks that this server serves: found by id and by path, told of in events."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path

from neutrino_lab.interpreters import Interpreter
from neutrino_lab.kernels.tasks import Tasks
from neutrino_lab.lab import serialize
from neutrino_lab.lab.contents import Contents
from neutrino_lab.lab.errors import (
    NotLiveError,
    NotOwnerError,
    TooManyError,
    UnknownError,
    UntrustedError,
)
from neutrino_lab.lab.protocol.served import (
    EndpointStats,
    Served,
    ServedEvent,
    ServeOptions,
    ServeRequest,
)
from neutrino_lab.lab.upstream import Upstream
from neutrino_lab.runtime import settings
from neutrino_lab.runtime.errors import NeutrinoError
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.listeners import LOOPBACK
from neutrino_lab.serve.process import Interpreter as Prepared
from neutrino_lab.serve.process import Launch, OwnPort, WorkerProcess
from neutrino_lab.serve.ready import ReadyWorkers
from neutrino_lab.serve.runtime_dir import RuntimeDir
from neutrino_lab.serve.source import NotebookSource
from neutrino_lab.serve.status import Limits, Status
from neutrino_lab.serve.supervisor import Supervisor

_RETRIED = ("problem-not-served", "runtime-missing")
_ID_DIGITS = 16
# A document is analysed at every pause of the typist; its file need not be read each time.
_EXPECTED_S = 60.0


@dataclass(frozen=True, slots=True)
class RegistryOptions:
    """What the administrator has set: see the traits of the extension."""

    limits: Limits
    memory_mb: int = 0
    most: int = 50
    ready_idle_s: float = 0.0
    may_stop_others: bool = False


@dataclass(slots=True)
class PortKey:
    """What a notebook keeps for its own port as long as this server runs, whoever serves it: the
    key, and the port that it had last."""

    key: str
    port: int = 0

    def described(self) -> OwnPort:
        """Give the port and the hash of its key, as a worker is told of them."""
        digest = settings.digest(self.key.encode())
        return OwnPort(self.port, f"{settings.HASHED}{digest.hex()}")


@dataclass(slots=True, eq=False, repr=False)  # which would tell the key of its port
class Notebook:
    """One served notebook: its supervisor, who serves it under which path, with which settings."""

    id: str
    path: str
    _: KW_ONLY
    owner: str
    prefix: str
    options: ServeOptions
    revisions: Iterator[int] = field(default_factory=itertools.count)
    port_key: PortKey | None = None
    supervisor: Supervisor = field(init=False)
    upstream: Upstream | None = None

    @property
    def status(self) -> Status:
        """What its supervisor says of it."""
        return self.supervisor.status

    @property
    def own_url(self) -> str:
        """Where it answers past the Jupyter server; nothing while it does not."""
        address = self.supervisor.address
        return f"http://{LOOPBACK}:{address.own_port}/" if address and address.own_port else ""

    def described(self) -> Served:
        """Give what the front end is told of it."""
        return serialize.served(
            self.status,
            id_=self.id,
            path=self.path,
            url=f"{self.prefix}/",
            own_url=self.own_url,
            timezone=self.options.timezone,
            follows_saves=self.options.reload_on_save,
            revision=next(self.revisions),
        )

    def not_live(self) -> NotLiveError:
        """Say why it does not answer."""
        state = self.status.state
        return NotLiveError(self.status.reason or f"The notebook is {state}.", state=state)

    async def reach(self) -> Upstream:
        """Get the connections to its worker. Raises NotLiveError."""
        address, upstream = self.supervisor.address, self.upstream
        if upstream is not None:
            if upstream.address == address:
                return upstream
            self.upstream = None
            await upstream.close()
        if address is None:
            raise self.not_live()
        if self.upstream is None:
            self.upstream = Upstream(address)
        return self.upstream


class Registry:
    """Serves, finds and stops notebooks. All of it happens on the event loop."""

    def __init__(  # noqa: PLR0913 - what it is given it asks for, so that tests can give it
        self,
        contents: Contents,
        options: RegistryOptions,
        *,
        base_url: str,
        secret: bytes,
        runtime_dir: Callable[[], RuntimeDir],
        interpreter: Callable[[str], Interpreter],
        tell: Callable[[ServedEvent], None],
    ) -> None:
        self._contents = contents
        self._options = options
        self._base_url = base_url
        self._secret = secret
        self._open_runtime_dir = runtime_dir
        self._runtime_dir: RuntimeDir | None = None
        self._interpreter = interpreter
        self._tell = tell
        self._notebooks: dict[str, Notebook] = {}
        # By path and owner: who serves it next is not to be called by who knows an older key.
        self._port_keys: dict[tuple[str, str], PortKey] = {}
        self._endings: set[asyncio.Future[None]] = set()
        self._ready = ReadyWorkers(options.ready_idle_s)
        # When a path may be asked about again, in seconds of the loop's clock.
        self._expected: dict[str, float] = {}
        self._expecting = Tasks()
        self._opening = asyncio.Lock()
        self._placing = asyncio.Lock()
        # Later ones are greater, also those of a server that was started again.
        self._revisions = itertools.count(time.time_ns() // 1000)

    def get(self, id_: str) -> Notebook:
        """Find a served notebook. Raises UnknownError."""
        try:
            return self._notebooks[id_]
        except KeyError:
            raise UnknownError("There is nothing served under this address.") from None

    @property
    def notebooks(self) -> list[Notebook]:
        """The served notebooks, oldest first."""
        return list(self._notebooks.values())

    def all(self) -> list[Served]:
        """Describe all served notebooks, oldest first."""
        return [each.described() for each in self.notebooks]

    async def serve(self, request: ServeRequest, user: str) -> tuple[Served, bool]:
        """Serve a notebook; False where it was served already, and is given another try if it is in
        trouble or does not follow saves by itself. Raises UntrustedError, TooManyError, and what
        finding the file and the kernel raises."""
        file = await asyncio.to_thread(self._contents.notebook, request.path)
        path = self._contents.path(file)
        async with self._opening:
            known = next((each for each in self._notebooks.values() if each.path == path), None)
            if known is not None:
                if known.status.state in _RETRIED or not known.options.reload_on_save:
                    known.supervisor.retry()
                return known.described(), False
            if not await self._contents.is_trusted(file):
                if not request.trusted:
                    raise UntrustedError(
                        f"{path} is not trusted: somebody else may have written it, and serving "
                        "it runs its code. Look at it first.",
                        path=path,
                    )
                await self._contents.trust(file)
            if len(self._notebooks) >= self._options.most:
                raise TooManyError(f"{len(self._notebooks)} notebooks are served; stop one first.")
            kernel = request.kernel_name or await asyncio.to_thread(self._contents.kernel, file)
            interpreter = await asyncio.to_thread(self._interpreter, kernel)
            notebook = await self._start(file, path, interpreter, user, request.options)
        return notebook.described(), True

    def expect(self, path: str) -> None:
        """Have an interpreter ready for a notebook that declares endpoints, and so may be served
        soon. Nothing of the notebook is run, nor imported."""
        now_s = asyncio.get_running_loop().time()
        is_served = any(each.path == path for each in self._notebooks.values())
        if not self._options.ready_idle_s or is_served or self._expected.get(path, 0) > now_s:
            return
        self._expected = {each: s for each, s in self._expected.items() if s > now_s}
        self._expected[path] = now_s + _EXPECTED_S
        self._expecting.begin(self._prepare(path))

    async def _prepare(self, path: str) -> None:
        with suppress(NeutrinoError, OSError, ValueError):  # whoever serves it is told
            file = await asyncio.to_thread(self._contents.notebook, path)
            kernel = await asyncio.to_thread(self._contents.kernel, file)
            interpreter = await asyncio.to_thread(self._interpreter, kernel)
            runtime_dir = await self.runtime_dir()
            self._ready.expect(
                Prepared(
                    python=interpreter.python,
                    start=runtime_dir.start,
                    environment=interpreter.environment,
                    memory_mb=self._options.memory_mb,
                )
            )

    def own(self, id_: str, user: str) -> Notebook:
        """Find a notebook that a user may stop and command. Raises UnknownError, and NotOwnerError
        where it is another user's."""
        notebook = self.get(id_)
        if notebook.owner != user and not self._options.may_stop_others:
            raise NotOwnerError("Another user serves this notebook.", owner=notebook.owner)
        return notebook

    async def stop(self, id_: str, user: str) -> None:
        """Stop serving a notebook that is the user's own. Raises as `own` does."""
        await self._end(self.own(id_, user), "")

    def own_port(self, id_: str, user: str) -> tuple[str, str]:
        """Tell the URL of a notebook's own port and its key. Raises NotOwnerError, UnknownError
        where it has no such port, NotLiveError."""
        notebook = self.get(id_)
        if notebook.owner != user:
            raise NotOwnerError("Another user serves this notebook.", owner=notebook.owner)
        if notebook.port_key is None:
            raise UnknownError("The notebook was not served with a port of its own.")
        if not notebook.own_url:
            state = notebook.status.state
            raise NotLiveError(f"The notebook is {state}.", state=state)
        return notebook.own_url, notebook.port_key.key

    async def close(self) -> None:
        """Stop all notebooks and what waits for others, and remove the runtime folder."""
        await asyncio.gather(*(self._end(each, "") for each in list(self._notebooks.values())))
        # A notebook that was deleted a moment ago is no longer listed, but may still be ending.
        await asyncio.gather(*self._endings)
        await self._expecting.close()
        await self._ready.close()
        if self._runtime_dir is not None:
            self._runtime_dir.close()
            self._runtime_dir = None

    async def runtime_dir(self) -> RuntimeDir:
        """The folder with the code that workers and kernels run; made when first asked for."""
        async with self._placing:
            if self._runtime_dir is None:
                self._runtime_dir = await asyncio.to_thread(self._open_runtime_dir)
            return self._runtime_dir

    def saved(self, path: str) -> None:
        """Let the notebook that was saved be read again."""
        for notebook in self._notebooks.values():
            if notebook.path == path:
                notebook.supervisor.saved()

    def renamed(self, path: str, new: str) -> None:
        """Follow a file or folder that has another name: what is served goes on."""
        for notebook in self._notebooks.values():
            moved = _below(notebook.path, path, new)
            if moved is not None:
                if notebook.port_key is not None:
                    self._port_keys.pop((notebook.path, notebook.owner), None)
                    self._port_keys[moved, notebook.owner] = notebook.port_key
                notebook.path = moved
                notebook.supervisor.moved(self._contents.root / moved)
                self._tell(ServedEvent(served=notebook.described(), id=notebook.id))

    async def deleted(self, path: str) -> None:
        """Stop what was served from a file or below a folder that is gone."""
        for notebook in list(self._notebooks.values()):
            if _below(notebook.path, path, path) is not None:
                await self._end(notebook, f"{notebook.path} was deleted.")

    async def _start(
        self, file: Path, path: str, interpreter: Interpreter, user: str, options: ServeOptions
    ) -> Notebook:
        runtime_dir = await self.runtime_dir()
        id_ = self._id(path)
        prefix = f"{self._base_url}neutrino/live/{id_}"
        notebook = Notebook(
            id_, path, owner=user, prefix=prefix, options=options, revisions=self._revisions
        )
        if options.own_port:
            new = PortKey(secrets.token_urlsafe(32))
            notebook.port_key = self._port_keys.setdefault((path, user), new)
        source = NotebookSource(file)
        runs = runtime_dir.runs()
        environment = dict(interpreter.environment)
        if options.timezone:
            environment[settings.TIMEZONE.name] = options.timezone
        most_s = self._options.limits.start_s
        limits = replace(
            self._options.limits,
            start_s=min(options.start_limit_s or most_s, most_s),
            follows_saves=options.reload_on_save,
        )

        async def start(on_message: Callable[[ControlMessage], None]) -> WorkerProcess:
            launch = Launch(
                python=interpreter.python,
                start=runtime_dir.start,
                folder=source.path.parent,
                socket=runtime_dir.socket(),
                runs=runs,
                root_path=prefix,
                environment=environment,
                memory_mb=self._options.memory_mb,
                own_port=notebook.port_key.described() if notebook.port_key else None,
            )
            return await self._ready.start(launch, on_message)

        def changed(status: Status) -> None:
            address = notebook.supervisor.address
            if notebook.port_key is not None and address is not None:
                notebook.port_key.port = address.own_port
            if self._notebooks.get(id_) is notebook and status.state != "stopped":
                self._tell(ServedEvent(served=notebook.described(), id=id_))

        def used(stats: tuple[object, ...]) -> None:
            if self._notebooks.get(id_) is notebook:
                listed = [EndpointStats.model_validate(each) for each in stats]
                self._tell(ServedEvent(id=id_, stats=listed))

        notebook.supervisor = Supervisor(
            source, start, limits=limits, on_change=changed, on_stats=used
        )
        self._notebooks[id_] = notebook
        notebook.supervisor.start()
        return notebook

    async def _end(self, notebook: Notebook, reason: str) -> None:
        if self._notebooks.pop(notebook.id, None) is None:
            return
        # Told first: it may be served again, under the same id, before its process has ended.
        stopped = notebook.described().model_copy(
            update={"state": "stopped", "reason": reason, "running": None}
        )
        self._tell(ServedEvent(served=stopped, id=notebook.id))
        ending = asyncio.ensure_future(_end(notebook, reason))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        # Who asked may give up waiting; the process ends all the same.
        await asyncio.shield(ending)

    def _id(self, path: str) -> str:
        """Give a path the same id every time, and one that nobody can guess."""
        id_, attempt = "", 0
        while not id_ or id_ in self._notebooks:
            text = f"neutrino {attempt} {path}".encode()
            id_ = hmac.new(self._secret, text, hashlib.sha256).hexdigest()[:_ID_DIGITS]
            attempt += 1
        return id_


async def _end(notebook: Notebook, reason: str) -> None:
    if notebook.upstream is not None:
        await notebook.upstream.close()
    await notebook.supervisor.stop(reason)


def _below(path: str, folder: str, new: str) -> str | None:
    """Where a path is once its folder, or itself, has another name; None if it is elsewhere."""
    if path == folder:
        return new
    return new + path[len(folder) :] if path.startswith(f"{folder}/") else None
