"""What each command of the command line does; every one returns its exit code."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shlex
import shutil
import socket
import sys
import tempfile
import threading
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from itertools import islice
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from typing import TextIO

from jupyter_client.kernelspec import KernelSpecManager

from neutrino_lab import listing, report, scaffold
from neutrino_lab.containers import Docker
from neutrino_lab.declare import timing
from neutrino_lab.declare import tools as declared_tools
from neutrino_lab.declare.compiler import Compilation, Compiler
from neutrino_lab.declare.diagnostics import Diagnostic, has_errors
from neutrino_lab.declare.rules import undefined_name
from neutrino_lab.export import build as building
from neutrino_lab.export import difference, environments, probe
from neutrino_lab.export.build import Built, Order, compose_command
from neutrino_lab.export.check import Outcome
from neutrino_lab.export.draft import Draft, Stages
from neutrino_lab.export.image import image_name
from neutrino_lab.export.installed import Installed
from neutrino_lab.export.options import BuildOptions
from neutrino_lab.export.processes import Cancellation
from neutrino_lab.listing import UsageError
from neutrino_lab.notebook.model import Cell, Notebook, Unreadable
from neutrino_lab.notebook.project import Project, find
from neutrino_lab.notebook.reader import read_all
from neutrino_lab.runtime import settings
from neutrino_lab.runtime.cell_file import CodeCell
from neutrino_lab.runtime.engine import Engine
from neutrino_lab.runtime.errors import BusError
from neutrino_lab.runtime.paths import MCP
from neutrino_lab.runtime.schedules import cron
from neutrino_lab.runtime.settings import Settings
from neutrino_lab.runtime.spec import Schedule
from neutrino_lab.runtime.tools.definition import definitions
from neutrino_lab.serve import server
from neutrino_lab.serve.live import Live, Update
from neutrino_lab.serve.revision import read_revision

_PATIENCE_S = 1.0


def init(arguments: Namespace) -> int:
    """Make a small project; never overwrites."""
    written = scaffold.create(arguments.name)
    for path in written:
        _say(f"wrote {path}")
    notebook = next(path for path in written if path.suffix == ".ipynb")
    _say(f"\nServe it:  neutrino run {notebook}")
    return 0


def check(arguments: Namespace) -> int:
    """Print all findings; 1 if one of them is an error."""
    diagnostics: list[Diagnostic] = []
    for path in arguments.paths:
        diagnostics += _compiled(_project(path)).diagnostics
    _say(_report(diagnostics, sys.stdout, arguments.format))
    return 1 if has_errors(diagnostics) else 0


def build(arguments: Namespace) -> int:
    """Write the build folder; 1 with the old one whole if a notebook, or a check, has errors."""
    out = arguments.out
    built = _build(
        _project(arguments.path),
        out,
        BuildOptions.of(vars(arguments)),
        arguments.python_executable,
        with_check=arguments.check,
        is_verbose=arguments.verbose,
    )
    if built is None:
        return 1
    for path in built.edited or ():
        _say(f"kept what you had written into a file of the build as {out / path}")
    _say(f"built {out}\n\n  run it:        cd {shlex.quote(str(out))} && uvicorn main:app")
    _say(f"  or in Docker:  {compose_command(out)}")
    return 0


def run(arguments: Namespace) -> int:
    """Serve from source until a signal ends it."""
    project = _project(arguments.path)
    if arguments.docker:
        return _run_in_docker(project, arguments)
    if any((arguments.build_arg, arguments.network, arguments.docker_build, arguments.docker_run)):
        raise UsageError("what is for Docker alone needs --docker as well")
    options = server.ServerOptions(
        host=arguments.host,
        port=arguments.port,
        reload=arguments.reload,
        log_level=arguments.log_level,
        access_log=arguments.access_log,
    )
    switches = settings.read(os.environ)
    try:
        listener = server.bind(options.host, options.port)
    except OSError as error:
        is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        hint = "; choose another with --port, or --port 0 for any free one"
        hint = hint if is_port else "; give an address of this machine with --host"
        where = f"{options.host}:{options.port}"
        raise UsageError(f"cannot listen on {where}: {error.strerror}{hint}") from error
    with listener:
        progress = _Progress()
        try:
            beside = replace(switches, state_folder=str(project.root / switches.state_folder))
            engine = Engine.of(beside, _compiled(project).app, is_beside_notebook=True)
        except BusError as error:
            raise UsageError(f"NEUTRINO_BUS: {error}") from error
        live = Live(arguments.path.absolute(), engine=engine, on_cell=progress.begin)
        return _serve(live, listener, options, switches, progress)


def tools(arguments: Namespace) -> int:
    """Print the endpoints as tools; nothing of the notebooks is run for it."""
    _project(arguments.path)
    revision = read_revision(arguments.path, Compiler())
    _findings(revision.diagnostics)
    if not revision.is_sound:
        return 1
    listed = [each.tool for each in declared_tools.of(revision.app, revision.facts)]
    _say(json.dumps(definitions(arguments.format, listed), indent=2, ensure_ascii=False))
    return 0


def key(_arguments: Namespace) -> int:
    """Print an API key that nobody has guessed, and the hash that stands for it."""
    made = secrets.token_urlsafe(32)
    _say(f"key:   {made}\n       for callers; it is not kept anywhere")
    _say(f"hash:  {settings.HASHED}{settings.digest(made.encode()).hex()}")
    _say("       for NEUTRINO_API_KEYS, where the service runs")
    return 0


def following(arguments: Namespace) -> int:
    """Print the next fire times of a schedule line, as the scheduler itself finds them."""
    lines = ["@SCHEDULE", *arguments.line.splitlines()]
    if arguments.timezone:
        lines.append(f"timezone: {arguments.timezone}")
    source = "\n".join(f"# {line}" for line in lines) + "\npass"
    cell = Cell(id="line", number=1, source=source, code=source)
    notebook = Notebook(path=PurePosixPath("schedule"), module="schedule", cells=(cell,))
    compilation = Compiler().compile("schedule", [notebook])
    if has_errors(compilation.diagnostics):
        _findings(compilation.diagnostics)
        return 1
    schedule = compilation.app.of(Schedule)[0]
    zone = cron.zone_of(schedule)
    try:
        after = datetime.fromisoformat(arguments.after) if arguments.after else datetime.now(zone)
    except ValueError:
        reason = f"--after {arguments.after!r} is no ISO time, such as 2026-03-08T12:00:00"
        raise UsageError(reason) from None
    # Times are written as they were given: without an offset where `--after` has none.
    is_naive = after.tzinfo is None
    start = after.replace(tzinfo=zone) if is_naive else after.astimezone(zone)
    times = list(islice(cron.next_times(schedule, start), max(arguments.count, 0)))
    if arguments.format == "json":
        _say(json.dumps([(t.replace(tzinfo=None) if is_naive else t).isoformat() for t in times]))
        return 0
    for time in times:
        _say(timing.clock(time))
    return 0


def _serve(
    live: Live,
    listener: socket.socket,
    options: server.ServerOptions,
    switches: Settings,
    progress: _Progress,
) -> int:
    server.prepare(live)
    first = live.load()
    progress.end()
    # From here on a connection waits instead of being refused: the URL below is true.
    listener.listen()
    _findings(first.diagnostics)
    if first.state != "live" and not options.reload:
        return 1
    if first.state != "live":
        _say("Not serving yet: waiting for a save that fixes it. Ctrl+C ends.")
    else:
        _say(listing.overview(first.app, _url(listener), first.diagnostics))
        if switches.mcp:
            _say(f"Its endpoints are tools over MCP at {_url(listener)}{MCP}\n")

    reported = set(map(_spoken, first.diagnostics))

    def show(update: Update) -> None:
        progress.end()
        # Errors are why a save is not served; a warning has been read the first time.
        new = [e for e in update.diagnostics if e.severity == "error" or _spoken(e) not in reported]
        reported.update(map(_spoken, new))
        _findings(new)
        if any(each.action == "start-over" for each in new):
            _say(f"Start over:  Ctrl+C, then {shlex.join(['neutrino', *sys.argv[1:]])}\n")
        _say(listing.change(update, _url(listener)))

    callbacks = server.Callbacks(show, lambda silence: _say(listing.silence(silence)))
    server.serve(live, listener, options, switches, callbacks)
    return 0


class _Progress:
    """Says which cell runs, once it has done so for a second."""

    def __init__(self) -> None:
        self._begun: SimpleQueue[CodeCell | None] = SimpleQueue()
        # One for all cells: to start a thread takes longer than most cells.
        threading.Thread(target=self._watch, name="neutrino-progress", daemon=True).start()

    def begin(self, cell: CodeCell) -> None:
        self._begun.put(cell)

    def end(self) -> None:
        self._begun.put(None)

    def _watch(self) -> None:
        cell = self._begun.get()
        while True:
            try:
                cell = self._begun.get(timeout=_PATIENCE_S if cell else None)
            except Empty:
                assert cell is not None
                _say(f"running {cell.filename} ...")
                cell = None


def _spoken(diagnostic: Diagnostic) -> tuple[str, str, str]:
    return diagnostic.code, diagnostic.cell_id, diagnostic.message


def _run_in_docker(project: Project, arguments: Namespace) -> int:
    program = shutil.which("docker")
    if program is None:
        raise UsageError(
            "--docker needs the docker command, and there is none on the PATH; "
            "install Docker, or leave --docker out"
        )
    docker = Docker(
        program,
        arguments.network,
        tuple(arguments.build_arg),
        tuple(shlex.split(arguments.docker_build)),
        tuple(shlex.split(arguments.docker_run)),
    )
    docker.check()
    with tempfile.TemporaryDirectory(prefix="neutrino-") as temporary:
        out = Path(temporary) / "build"
        built = _build(project, out, BuildOptions())
        if built is None:
            return 1
        image = image_name(built.draft.app.title)
        _say(f"building the image {image} ...")
        docker.build(out, image)
    _say(f"serving on http://{arguments.host}:{arguments.port}")
    return docker.run(image, arguments.host, arguments.port, os.environ)


def _compiled(project: Project) -> Compilation:
    return Compiler().compile(project.title, read_all(project))


def _build(  # noqa: PLR0913 - all of them from the command line
    project: Project,
    out: Path,
    options: BuildOptions,
    python: str = "",
    *,
    with_check: bool = False,
    is_verbose: bool = False,
) -> Built | None:
    """Build and print the findings; None where they are why nothing was written."""

    def environment(
        notebooks: Sequence[Notebook | Unreadable], cancellation: Cancellation
    ) -> Installed:
        if python:
            return probe.ask(python, cancellation=cancellation)
        return environments.find(notebooks, KernelSpecManager(), cancellation=cancellation)

    def show(drafted: Draft) -> None:
        _findings(drafted.findings)
        if is_verbose:
            _say(listing.planned(drafted, difference.compare(drafted.plan, out)))

    def may_check(drafted: Draft) -> bool:
        if all(each.code != undefined_name.CODE for each in drafted.findings):
            return True
        tell("the check failed, so nothing was written: calls would fail, see above")
        return False

    built = building.build(
        Order(project, out, options, environment),
        Stages(),
        check_with=(lambda: os.environ) if with_check else None,
        on_draft=show,
        may_check=may_check,
        on_check=lambda outcome: _tell_check(outcome, is_verbose=is_verbose),
    )
    return None if built.edited is None else built


def _tell_check(outcome: Outcome, *, is_verbose: bool) -> None:
    """Print how a check went; the log where it went badly, and nothing else says why."""
    is_told = any(each.cell for each in outcome.findings) or not outcome.findings
    if not outcome.ok and outcome.log and (is_verbose or not is_told):
        sys.stderr.write(outcome.log.rstrip() + "\n")
    _findings(outcome.findings)
    _say(listing.checked(outcome))
    if not outcome.ok:
        more = "" if is_verbose or not is_told else "; --verbose shows its log"
        tell(f"the check failed, so nothing was written{more}")


def _project(path: Path) -> Project:
    """Find what is at a path. Raises UsageError where that is no notebook."""
    if path.suffix.lower() not in ("", ".ipynb") and path.is_file():
        raise UsageError(f"{path} is no notebook; name a file that ends in .ipynb, or a folder")
    project = find(path)
    if project.sources or project.unreadable:
        return project
    if not path.exists():
        raise UsageError(f"{path} does not exist")
    raise UsageError(f"{path} holds no notebooks to serve (`_*` and `*sandbox.ipynb` are left out)")


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "::1" if ":" in host else "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _findings(diagnostics: Sequence[Diagnostic]) -> None:
    shown = [each for each in diagnostics if each.severity != "note"]
    if shown:
        sys.stderr.write(_report(shown, sys.stderr, "text") + "\n")


def _report(diagnostics: Sequence[Diagnostic], stream: TextIO, style: str) -> str:
    color = stream.isatty() and "NO_COLOR" not in os.environ
    return report.render(diagnostics, style=style, color=color and style == "text")  # type: ignore[arg-type]


def tell(reason: object) -> None:
    """Say on standard error why something is not done."""
    sys.stderr.write(f"neutrino: {reason}\n")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
