"""Starts an export in a process of its own, before it is written, and replays saved examples."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export import examples
from neutrino_lab.export.blame import Blame
from neutrino_lab.export.draft import Draft, Stages
from neutrino_lab.export.examples import Example
from neutrino_lab.export.installed import normalise
from neutrino_lab.export.processes import end
from neutrino_lab.export.requirements import RUNTIME
from neutrino_lab.notebook.model import Notebook

START_S = 300.0
ANSWER_S = 60.0
LOG_CHARACTERS = 40_000

_POLL_S = 0.05
_LOG_S = 1.0
_MOST_BYTES = 1 << 20
_FAILURE = "neutrino-check-failed:"
# Our own package must not be what makes it run, and a cell that raises is told as data. It ends
# when its stdin does: who started it may be killed, and cells may hang. They find an empty stdin.
_START = f"""
import json, os, sys, threading
lifeline = os.dup(0)
with open(os.devnull) as nothing:
    os.dup2(nothing.fileno(), 0)
threading.Thread(target=lambda: (os.read(lifeline, 1), os._exit(1)), daemon=True).start()
sys.modules["neutrino_lab"] = None
sys.path[0] = "."
try:
    import main
except Exception as error:
    known = {{name: str(getattr(error, name, "")) for name in ("module", "cell", "line", "reason")}}
    cause = getattr(error, "error", error)
    known |= {{"type": type(cause).__name__, "message": str(cause)}}
    print("{_FAILURE}" + json.dumps(known), flush=True)
    raise
import uvicorn
uvicorn.run(main.app, **json.loads(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one example; `status` is 0 where there was no answer."""

    key: str
    name: str
    ok: bool
    status: int
    duration_ms: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the app did. `log` is the end of what it wrote, `findings` why it did not come up."""

    examples: tuple[Replayed, ...]
    log: str
    findings: tuple[Diagnostic, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.findings and all(each.ok for each in self.examples)


def check(
    draft: Draft,
    stages: Stages,
    environment: Mapping[str, str] | None = None,
    *,
    start_s: float = START_S,
) -> Outcome:
    """Run the planned files, and nothing else, with the interpreter that the versions are from.

    Where that one lacks what `runtime/` needs, this one stands in. Raises ExportCancelledError, and
    OSError where nothing can be started.
    """
    readable = [each for each in draft.selection.notebooks if isinstance(each, Notebook)]
    saved = examples.of_notebooks(draft.app, readable)
    blame = Blame(draft.selection)
    total = len(saved) + 1
    stages.enter("checking", 0, total)
    with tempfile.TemporaryDirectory(prefix="neutrino-check-") as temporary:
        folder = Path(temporary) / "app"
        for file in draft.plan.files:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            file.put(folder / file.path)
        address = _Address(Path(temporary))
        command = [_python(draft), "-c", _START, json.dumps(address.options)]
        own = dict(os.environ if environment is None else environment)
        with stages.cancellation.child(
            command, folder=folder, environment=_environment(own)
        ) as process:
            log = _Log(process)
            try:
                problem = _wait(process, address, stages, start_s)
                replayed = []
                for done, example in enumerate([] if problem else saved, 1):
                    stages.enter("checking", done, total)
                    replayed.append(_replay(example, address, log, blame))
            finally:
                end(process)
                log.close()
    text = log.text()
    findings = (_finding(draft, blame, text, problem),) if problem else ()
    return Outcome(tuple(replayed), _without_mark(text), findings)


class _Address:
    """Where the app listens: a socket that only its owner reaches, where there are such."""

    def __init__(self, folder: Path) -> None:
        self._path = str(folder / "check.sock")
        self._port = 0
        self.options: dict[str, object] = {"uds": self._path}
        if sys.platform == "win32":
            with socket.create_server(("127.0.0.1", 0)) as free:
                self._port = free.getsockname()[1]
            self.options = {"host": "127.0.0.1", "port": self._port}

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        return _Connection("127.0.0.1", self._port, self._path, timeout_s)


class _Connection(http.client.HTTPConnection):
    """HTTP to a port, or, where that is 0, to a Unix socket."""

    def __init__(self, host: str, port: int, path: str, timeout_s: float) -> None:
        super().__init__(host, port or None, timeout=timeout_s)
        self._path = "" if port else path

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _Log:
    """The end of what a process writes, gathered as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._text = ""
        self._written = 0
        self._thread = threading.Thread(target=self._gather, daemon=True)
        self._thread.start()

    def text(self) -> str:
        return self._text

    def mark(self) -> int:
        """Where it stands now, for `since`."""
        return self._written

    def since(self, mark: int) -> str:
        """What was written after the mark, as far as it is still known."""
        return self._text[max(0, len(self._text) - (self._written - mark)) :]

    def close(self) -> None:
        """Take in the rest, once the process has ended."""
        self._thread.join(_LOG_S)  # a daemon that a cell has started may hold the pipe open

    def _gather(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._add(line)

    def _add(self, line: str) -> None:
        self._written += len(line)
        self._text = (self._text + line)[-LOG_CHARACTERS:]


def _wait(
    process: subprocess.Popen[str], address: _Address, stages: Stages, start_s: float
) -> str | None:
    """Wait until the app is healthy; what is wrong where it does not become so."""
    deadline = time.monotonic() + start_s
    while time.monotonic() < deadline:
        stages.cancellation.check()
        if process.poll() is not None:
            return f"the process ended with code {process.returncode} before it served"
        try:
            status, _ = _ask(address, Example("", "", "GET", "/healthz"), 5)
        except OSError:
            time.sleep(_POLL_S)
            continue
        return None if status == 200 else f"/healthz answered {status}"
    return f"it did not serve within {start_s:g} seconds"


def _ask(address: _Address, example: Example, timeout_s: float) -> tuple[int, bytes]:
    connection = address.connection(timeout_s)
    try:
        connection.request(example.verb, example.target, example.body, dict(example.headers))
        response = connection.getresponse()
        return response.status, response.read(_MOST_BYTES)
    finally:
        connection.close()


def _replay(example: Example, address: _Address, log: _Log, blame: Blame) -> Replayed:
    mark = log.mark()
    started = time.monotonic()
    try:
        status, body = _ask(address, example, ANSWER_S)
    except (OSError, http.client.HTTPException) as error:
        status, body = 0, (str(error) or type(error).__name__).encode()
    took_ms = round(1000 * (time.monotonic() - started), 1)
    message = ""
    if status >= 500:
        message = _logged(log, mark, blame) or _detail(body)
    elif not 200 <= status < 400:
        message = _detail(body)
    return Replayed(example.key, example.name, 200 <= status < 400, status, took_ms, message)


def _logged(log: _Log, mark: int, blame: Blame) -> str:
    """What the log says of a failure; it comes on a way of its own, perhaps after the answer."""
    deadline = time.monotonic() + _LOG_S
    while not (said := blame.of_log(log.since(mark))) and time.monotonic() < deadline:
        time.sleep(_POLL_S)
    return said


def _detail(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        told = json.loads(text)
        text = told["detail"] if isinstance(told, dict) and "detail" in told else text
    except ValueError:
        pass
    return (text if isinstance(text, str) else json.dumps(text))[:500]


def _finding(draft: Draft, blame: Blame, log: str, problem: str) -> Diagnostic:
    found = re.findall(f"^{_FAILURE}(.*)$", log, re.MULTILINE)
    if found:
        return blame.of_start(json.loads(found[-1]))
    return Diagnostic(
        "NL762",
        "error",
        f"the app did not come up in a process of its own: {problem}",
        "its log says more; the cells may wait for something that is only here",
        draft.project.sources[0].relative.as_posix(),
    )


def _without_mark(log: str) -> str:
    return re.sub(f"^{_FAILURE}.*\n?", "", log, flags=re.MULTILINE)


def _python(draft: Draft) -> str:
    names = (normalise(each.partition("[")[0]) for each in RUNTIME)
    kernel = draft.environment
    return kernel.executable if all(n in kernel.by_name for n in names) else sys.executable


def _environment(own: dict[str, str]) -> dict[str, str]:
    """As a service has it: none of our switches, which may ask for keys, and no path of here."""
    kept = {k: v for k, v in own.items() if k != "PYTHONPATH" and not k.startswith("NEUTRINO_")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
