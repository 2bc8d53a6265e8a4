"""Why a version is not served, in words: what happened, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.runtime.errors import CellError, EndpointError
from neutrino_lab.serve.control import Message
from neutrino_lab.serve.process import Exit
from neutrino_lab.serve.revision import Revision

TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Refusal:
    """A revision that did not come up. `is_deadly`: trying it again would end the worker again."""

    revision: Revision | None
    reason: str
    findings: tuple[Diagnostic, ...] = ()
    is_deadly: bool = False


def raised(revision: Revision, message: Message) -> Refusal:
    """A cell raised, or an endpoint could not be built from its function."""
    error: CellError | EndpointError
    text = message.get("message", "")
    try:
        if "line" in message:
            # Only the name and the text of the exception have come over from the worker.
            kind = type(message["type"], (Exception,), {})
            where = message["module"], message["cell"], message["line"]
            error = CellError(*where, kind(text), message["detail"])
        else:
            error = EndpointError(message["module"], message["cell"], message["reason"])
        finding = revision.blamed(error)
    except (KeyError, StopIteration):
        return Refusal(revision, f"The notebook could not be run: {message.get('type')}: {text}")
    return Refusal(revision, f"Cell {finding.cell}: {finding.message}", (finding,))


def ended(revision: Revision, cell: int, exit_: Exit) -> Refusal:
    """The process ended while it ran the cells."""
    what = f"the process ended {exit_} while {_running(cell)}"
    hint = "look for what ends Python here: os._exit, too little memory, or a crash in a library"
    finding = _finding(revision, cell, "NL803", what, hint)
    return Refusal(revision, _with_tail(f"{what[0].upper()}{what[1:]}.", exit_), (finding,), True)


def overdue(revision: Revision, cell: int, waited_s: float) -> Refusal:
    """The first version did not come up in time, and was ended."""
    what = f"stopped after {waited_s:.0f} s, the time limit, while {_running(cell)}"
    hint = "move what takes so long out of the notebook, or raise NeutrinoLab.start_timeout_s"
    finding = _finding(revision, cell, "NL804", what, hint)
    return Refusal(revision, f"{what[0].upper()}{what[1:]}.", (finding,), True)


def slow(cell: int, waited_s: float) -> str:
    """A later version does not come up in time; the one before goes on."""
    return (
        f"The newest version has been {_running(cell)} for {waited_s:.0f} s. The one before goes "
        "on being served; the next save starts the worker anew."
    )


def unstartable(revision: Revision | None, error: OSError) -> Refusal:
    """The interpreter could not be started at all."""
    name = error.filename or "the interpreter"
    reason = f"{name} cannot be started: {error.strerror or error}. Choose another kernel."
    return Refusal(revision, reason, is_deadly=True)


def held() -> str:
    """Nothing is served, and what was saved since might mend it."""
    return "It was saved since, and saves are not taken up by themselves. Serve it again."


def crashed(exit_: Exit, times: int) -> str:
    """The process ended while it served."""
    often = f", {times} times in a short while" if times > 1 else ""
    return _with_tail(f"The process ended {exit_} while it served{often}.", exit_)


def _running(cell: int) -> str:
    return f"running cell {cell}" if cell else "starting"


def _finding(revision: Revision, cell: int, code: str, what: str, hint: str) -> Diagnostic:
    notebook = revision.notebooks[0]
    found = next((each for each in notebook.cells if each.number == cell), None)
    return Diagnostic(
        code=code,
        severity="error",
        message=what,
        hint=hint,
        notebook=str(notebook.path),
        cell=cell,
        cell_id=found.id if found else "",
        source=found.source if found else "",
    )


def _with_tail(text: str, exit_: Exit) -> str:
    lines = exit_.output.strip().splitlines()[-TAIL_LINES:]
    return "\n".join([text, "", *(line[:500] for line in lines)]) if lines else text
