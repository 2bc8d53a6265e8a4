"""Why a version is not served, in words: what happened, where, and what to do about it."""

from __future__ import annotations

import errno

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.notebook import hints
from neutrino_lab.notebook.model import Span
from neutrino_lab.notebook.wording import Worded, quote, say
from neutrino_lab.runtime.errors import CellError, EndpointError
from neutrino_lab.serve import tracebacks
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.process import Exit
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.versions import Refusal

TAIL_LINES = 12
_FIX = say("fix the notebook, and save it again")


def raised(revision: Revision, error: BaseException) -> Refusal:
    """A cell raised, an endpoint could not be built from its function, or anything else went
    wrong when the revision was run."""
    if isinstance(error, CellError | EndpointError):
        finding = _raised_in(revision, error)
        if finding is not None:
            return Refusal(revision, f"Cell {finding.cell}: {finding.message}", (finding,))
        error = error.error if isinstance(error, CellError) else error
    said = f"{type(error).__name__}: {tracebacks.message(error)}"
    reason = say("The notebook could not be run: {error}", error=said)
    return Refusal(revision, reason, (_finding(revision, 0, "NL801", reason, _FIX),))


def raised_in_worker(revision: Revision, message: ControlMessage) -> Refusal:
    """The same, from a worker: only the name and the text of an exception have come over."""
    kind = type(str(message.get("type", "Exception")), (Exception,), {})
    error: BaseException = kind(message.get("message", ""))
    try:
        if "line" in message:
            where = message["module"], message["cell"], message["line"]
            error = CellError(*where, error, message["detail"])
        elif "reason" in message:
            error = EndpointError(message["module"], message["cell"], message["reason"])
    except KeyError:
        pass
    return raised(revision, error)


def ended(revision: Revision, cell: int, exit_: Exit) -> Refusal:
    """Describe the end of the process while it ran the cells of a revision; `cell` is the one that
    ran, 0 where none had begun."""
    what = say("the process ended {exit} while {running}", exit=exit_, running=_running(cell))
    hint = say(
        "look for what ends Python here: os._exit, too little memory, or a crash in a library"
    )
    finding = _finding(revision, cell, "NL803", what, hint)
    return Refusal(revision, _with_tail(f"{what[0].upper()}{what[1:]}.", exit_), (finding,), True)


def overdue(revision: Revision, cell: int, waited_s: float) -> Refusal:
    """The first version did not come up in time, and was ended."""
    what = say(
        "stopped after {seconds} s, the time limit, while {running}",
        seconds=f"{waited_s:.0f}",
        running=_running(cell),
    )
    hint = say("move what takes so long out of the notebook, or raise NeutrinoLab.start_timeout_s")
    finding = _finding(revision, cell, "NL804", what, hint)
    return Refusal(revision, f"{what[0].upper()}{what[1:]}.", (finding,), True)


def slow(cell: int, waited_s: float) -> str:
    """A later version does not come up in time; the one before goes on."""
    return (
        f"The newest version has been {_running(cell)} for {waited_s:.0f} s. The one before goes "
        "on being served; the next save starts the worker again."
    )


def unstartable(revision: Revision | None, error: Exception) -> Refusal:
    """The interpreter could not be started at all."""
    number = error.errno if isinstance(error, OSError) else 0
    text = error.strerror if isinstance(error, OSError) else None
    reason = f"The notebook's process cannot be started: {text or error}."
    if number in {errno.EMFILE, errno.ENFILE}:
        reason += " Stop other notebooks, or raise the limit of open files (ulimit -n)."
    elif number == errno.ENOSPC:
        reason += " Free some space on the disk."
    elif isinstance(error, FileNotFoundError | PermissionError):
        name = error.filename or "the interpreter"
        reason = f"{name} cannot be started: {text or error}. Choose another kernel."
    return Refusal(revision, reason, is_deadly=True)


def unreadable(error: Exception) -> str:
    """Say that the notebook could not be read, and what was raised."""
    return f"The notebook cannot be read: {type(error).__name__}: {error}"


def place(file: str, line: int) -> str:
    """Where code stands, as the words below name it."""
    return f"{file}, line {line},"


def silent(place: str) -> str:
    """The process is there and its event loop does not answer."""
    what = f"{place} keeps its event loop busy" if place else "its event loop is kept busy"
    return (
        f"The notebook does not answer: {what}, or its process was stopped. Save a fixed version, "
        "and its process is started again."
    )


def replaced(place: str) -> str:
    """The process is ended for the sake of a newer version."""
    what = f"{place} kept its event loop busy" if place else "its event loop did not answer"
    return f"The process is started again for the newest version, because {what}."


def held() -> str:
    """Nothing is served, and what was saved since might fix it."""
    return "It was saved since, and saves are not taken up by themselves. Serve it again."


def crashed(exit_: Exit, times: int) -> str:
    """Say how the process ended while it served, and how many times in a short while."""
    often = f", {times} times in a short while" if times > 1 else ""
    return _with_tail(f"The process ended {exit_} while it served{often}.", exit_)


def _running(cell: int) -> Worded:
    return say("running cell {cell}", cell=cell) if cell else say("starting")


def _raised_in(revision: Revision, error: CellError | EndpointError) -> Diagnostic | None:
    """What an error looks like among the diagnostics; None where it names no cell that is there."""
    found = next(
        (
            (notebook, cell)
            for notebook in revision.notebooks
            if notebook.module == error.module
            for cell in notebook.cells
            if cell.number == error.cell
        ),
        None,
    )
    if found is None:
        return None
    notebook, cell = found
    line = error.line if isinstance(error, CellError) else 0
    lines = cell.source.split("\n")
    if isinstance(error, CellError):
        kind, said = type(error.error).__name__, tracebacks.message(error.error)
        facts = revision.facts
        cells = [(each, facts[notebook.module, each.number]) for each in notebook.cells]
        code, hint = "NL801", hints.of(kind, said, cell, cells)
        message = say("the cell raised {error}: {said}", error=kind, said=said)
    else:
        code, hint = "NL802", say("fix the declaration or the function")
        message = quote(error.reason)
    return Diagnostic(
        code=code,
        severity="error",
        message=message,
        hint=hint,
        notebook=str(notebook.path),
        cell=cell.number,
        cell_id=cell.id,
        span=Span(line, 0, line, len(lines[line - 1])) if 0 < line <= len(lines) else None,
        source=cell.source,
    )


def _finding(revision: Revision, cell: int, code: str, what: Worded, hint: Worded) -> Diagnostic:
    notebook = next(iter(revision.notebooks), None)
    cells = notebook.cells if notebook else ()
    found = next((each for each in cells if each.number == cell), None)
    return Diagnostic(
        code=code,
        severity="error",
        message=what,
        hint=hint,
        notebook=str(notebook.path) if notebook else "",
        cell=cell,
        cell_id=found.id if found else "",
        source=found.source if found else "",
    )


def _with_tail(text: str, exit_: Exit) -> str:
    lines = exit_.output.strip().splitlines()[-TAIL_LINES:]
    return "\n".join([text, "", *(line[:500] for line in lines)]) if lines else text
