"""A worker process as its supervisor holds it: messages in and out, and a sure end."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket as sockets
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from neutrino_lab import processes
from neutrino_lab.runtime.program import Changes
from neutrino_lab.runtime.spec import to_json
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.worker_start import OWN_VARIABLES

LONGEST_LINE_BYTES = 16 * 1024 * 1024
GRACE_S = 2.0
ANSWER_S = 5.0
_OVERDUE_S = 6.0
_GUARD_S = 6.0
MARK = "_NEUTRINO_WORKER"
"""An environment variable by which whatever a worker has started is known as its own."""
_ERRORS_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class OwnPort:
    """A port that is asked for, 0 for any, and the hash of the key that it asks for.

    The key itself never reaches the worker: its command line is shown to every user.
    """

    port: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """What runs a worker, whatever that is going to serve: `start` is the program, `memory_mb`
    bounds the address space, 0 does not."""

    python: str
    start: Path
    environment: Mapping[str, str]
    memory_mb: int = 0
    grace_s: float = GRACE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch(Interpreter):
    """How to start a worker: the interpreter and what it is to find there.

    `folder` is where the cells run, `runs` the file in which it keeps the runs of schedules for the
    next worker of the notebook.
    """

    folder: Path
    socket: Path
    runs: Path
    root_path: str
    own_port: OwnPort | None = None

    def options(self) -> dict[str, Any]:
        """What the worker is told as it starts, in JSON types."""
        return {
            "folder": str(self.folder),
            "socket": str(self.socket),
            "runs": str(self.runs),
            "root_path": self.root_path,
            "own_port": asdict(self.own_port) if self.own_port else None,
        }


@dataclass(frozen=True, slots=True)
class Exit:
    """How a worker ended: with a code, or by a signal; `output` is the last that it printed."""

    code: int
    signal: int
    output: str

    def __str__(self) -> str:
        if self.signal:
            with suppress(ValueError):
                return f"by {signal.Signals(self.signal).name}"
        return f"with exit code {self.code}"


class WorkerProcess:
    """A running worker. Whatever it does to its ends of the lines, this side survives it."""

    def __init__(
        self,
        process: Process,
        control: sockets.socket,
        on_message: Callable[[ControlMessage], None],
        *,
        socket: Path | None,
        mark: str,
    ) -> None:
        self._process = process
        self._control = control
        self._socket = socket
        self._mark = mark
        self._on_message = on_message
        self._worker_pid = 0
        self._last: ControlMessage = {}
        self._errors = b""
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[ControlMessage]] = {}
        self._numbers = count(1)
        self._watching: asyncio.Task[Exit] | None = None

    @classmethod
    async def start(
        cls, launch: Launch, on_message: Callable[[ControlMessage], None]
    ) -> WorkerProcess:
        """Start a worker. Raises OSError where the interpreter or the folder is not there or
        something is used up, and ValueError where no process can have such an environment."""
        folder, options = launch.folder, launch.options()
        return await cls._start(launch, folder, options, on_message, socket=launch.socket)

    @classmethod
    async def prepare(
        cls, interpreter: Interpreter, on_message: Callable[[ControlMessage], None]
    ) -> WorkerProcess:
        """Start one that tells `stamps`, imports what any worker needs, and waits for `begin`.
        Raises as `start` does."""
        folder = interpreter.start.parent
        return await cls._start(interpreter, folder, {"waits": True}, on_message, socket=None)

    def begin(self, launch: Launch, on_message: Callable[[ControlMessage], None]) -> None:
        """Have one that waits serve. The variables of our own are those of `launch`; the others it
        has had from its start."""
        self._on_message = on_message
        self._socket = launch.socket
        own = {k: v for k, v in launch.environment.items() if k.startswith(OWN_VARIABLES)}
        self._send({**launch.options(), "environment": own})

    @property
    def is_running(self) -> bool:
        """Whether the process of its guard has not ended."""
        return self._process.returncode is None

    @classmethod
    async def _start(
        cls,
        interpreter: Interpreter,
        folder: Path,
        options: dict[str, Any],
        on_message: Callable[[ControlMessage], None],
        *,
        socket: Path | None,
    ) -> WorkerProcess:
        mark = secrets.token_hex(16)
        with ExitStack() as ours, ExitStack() as passed:
            control, theirs = sockets.socketpair()
            ours.enter_context(control)
            passed.enter_context(theirs)
            lifeline, guards = sockets.socketpair()
            ours.enter_context(lifeline)
            passed.enter_context(guards)
            options = {
                "control": theirs.fileno(),
                "lifeline": guards.fileno(),
                "parent": os.getpid(),
                "memory_mb": interpreter.memory_mb,
                "grace_s": interpreter.grace_s,
                **options,
            }
            process = await asyncio.create_subprocess_exec(
                interpreter.python,
                str(interpreter.start),
                json.dumps(options),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=PIPE,
                cwd=folder,
                env={**interpreter.environment, MARK: mark},
                pass_fds=(theirs.fileno(), guards.fileno()),
                # Ctrl+C in the server's terminal is not meant for notebooks.
                start_new_session=True,
            )
            ours.pop_all()  # they stay open, now that there is a process at their other end
        worker = cls(process, control, on_message, socket=socket, mark=mark)
        await worker._listen(lifeline)
        return worker

    def run(
        self,
        revision: Revision,
        changes: Changes | None,
        *,
        version: int,
        reload_modules: Collection[str],
    ) -> None:
        """Have it bring a revision up; to a worker that is gone nothing is sent."""
        cells = {
            module: [[cell.number, cell.code, cell.key, cell.filename] for cell in listed]
            for module, listed in revision.cells().items()
        }
        self._send(
            {
                "command": "run",
                "version": version,
                "app": to_json(revision.app),
                "cells": cells,
                "changes": changes
                and {
                    "run": [*changes.run],
                    "forget": [*changes.forget],
                    "remove_after_swap": [*changes.remove_after_swap],
                    "emptied": [(module, [*names]) for module, names in changes.emptied],
                },
                "reload_modules": sorted(reload_modules),
            }
        )

    def ping(self) -> None:
        """Ask its event loop for a sign: it tells `beat`, and `busy` where the last one is owed."""
        self._send({"command": "ping"})

    async def ask(self, command: str, **details: Any) -> ControlMessage:
        """Have it answer. Raises TimeoutError where it is too busy, ConnectionError at its end."""
        request = next(self._numbers)
        self._asked[request] = asyncio.get_running_loop().create_future()
        try:
            self._send({"command": command, "request": request, **details})
            return await asyncio.wait_for(self._asked[request], ANSWER_S)
        finally:
            del self._asked[request]

    async def exit(self) -> Exit:
        """Wait until it and everything it started is gone."""
        assert self._watching is not None
        return await asyncio.shield(self._watching)

    async def stop(self) -> Exit:
        """End it: asked first, forced soon after."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            return await asyncio.wait_for(self.exit(), _OVERDUE_S)
        except asyncio.TimeoutError:
            self.kill()
            return await self.exit()

    def kill(self) -> None:
        """End it at once, and its group with it, should its guard not do so."""
        with suppress(ProcessLookupError):
            self._process.kill()
        if self._worker_pid:
            processes.kill_group(self._worker_pid)

    def _send(self, message: ControlMessage) -> None:
        assert self._writer is not None
        with suppress(OSError):
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def _listen(self, lifeline: sockets.socket) -> None:
        reader, self._writer = await asyncio.open_connection(
            sock=self._control, limit=LONGEST_LINE_BYTES
        )
        guard_reader, guard_writer = await asyncio.open_connection(
            sock=lifeline, limit=LONGEST_LINE_BYTES
        )
        self._watching = asyncio.create_task(
            self._watch(reader, guard_reader, guard_writer), name="neutrino worker"
        )

    async def _watch(
        self,
        reader: asyncio.StreamReader,
        guard_reader: asyncio.StreamReader,
        guard_writer: asyncio.StreamWriter,
    ) -> Exit:
        reading = [
            asyncio.create_task(self._read(reader)),
            asyncio.create_task(self._read(guard_reader)),
            asyncio.create_task(self._read_errors()),
        ]
        try:
            # The guard ends last of all, so what it wrote is all there when it has gone.
            waiting = asyncio.ensure_future(self._process.wait())
            await asyncio.wait({waiting, reading[0]}, return_when=asyncio.FIRST_COMPLETED)
            # A worker that has closed its line counts as gone, and its guard says so, unless
            # it was stopped.
            if not (await asyncio.wait({waiting}, timeout=_GUARD_S))[0]:
                self.kill()
            await waiting
            await asyncio.wait(reading, timeout=1)
            if not self._last:
                # The guard was killed itself, and has ended nothing.
                # So its children are nobody's any more, and are known by the mark alone.
                self.kill()
                marked = partial(processes.with_variable, MARK, self._mark)
                await asyncio.to_thread(processes.kill_all, marked)
        finally:
            for task in reading:
                task.cancel()
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(ConnectionError("the worker has ended"))
            assert self._writer is not None
            for writer in (self._writer, guard_writer):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.unlink()
        output = self._last.get("output", "") or self._errors.decode("utf-8", "replace")
        code = self._last.get("code", self._process.returncode)
        return Exit(code=code or 0, signal=self._last.get("signal", 0), output=output)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            async for line in reader:
                message = json.loads(line)
                if message["event"] == "exited":
                    self._last = message
                    continue
                # Said before user code runs: that could name any process to be ended.
                if message["event"] == "hello" and not self._worker_pid:
                    self._worker_pid = int(message["pid"])
                asked = self._asked.get(message.get("request", 0))
                if message["event"] != "answer":
                    self._on_message(message)
                elif asked is not None and not asked.done():
                    asked.set_result(message)
        except (ValueError, KeyError, TypeError):
            # User code has written to the line, or without end: nothing it says counts any more.
            self.kill()
        except OSError:
            return

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None
        while chunk := await self._process.stderr.read(_ERRORS_BYTES):
            self._errors = (self._errors + chunk)[-_ERRORS_BYTES:]
