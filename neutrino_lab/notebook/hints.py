"""What to do about a cell that raised, from the exception's name and words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from neutrino_lab.notebook.facts import Facts
from neutrino_lab.notebook.magics import may_set
from neutrino_lab.notebook.model import Cell
from neutrino_lab.notebook.wording import Worded, say

_NAME = re.compile(r"name '(\w+)' is not defined")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_WRITING = ("%%writefile", "%%file")
_FRESH_KERNEL = say("run the notebook from top to bottom in a new kernel to see it")


def of(error: str, message: str, cell: Cell, cells: Sequence[tuple[Cell, Facts]]) -> Worded:
    """Give a hint. `error` is the name of the exception's class, `cell` one of the `cells`.

    A new kernel is named only where the state of the old one is what differs.
    """
    if error in ("NameError", "UnboundLocalError") and (found := _NAME.search(message)):
        return _unset(found[1], cell, cells)
    if error in ("ModuleNotFoundError", "ImportError") and (found := _MODULE.search(message)):
        return _missing(found[1], cells)
    if error == "FileNotFoundError":
        return say(
            "paths begin at the folder of the notebook, or of the whole project: put it there"
        )
    if error in ("EOFError", "StdinNotImplementedError"):
        return say("nobody can answer a service: read it from the environment (`os.environ`)")
    if error == "KeyError" and "environ" in cell.code:
        return say("set the variable where the service is started, or write a default")
    return say("fix this cell; nothing of it is served until it runs")


def _missing(module: str, cells: Sequence[tuple[Cell, Facts]]) -> Worded:
    """Say where a module comes from that a cell has missed."""
    path = module.replace(".", "/") + ".py"
    lines = (m.text.partition("\n")[0] for cell, _ in cells for m in cell.magics)
    for line in lines:
        if line.startswith(_WRITING) and line.split()[-1].endswith(path):
            return say(
                "`{line}` writes it, which a service does not run: keep the file in the project",
                line=line,
            )
    return say(
        "install what has `{module}` where this runs, or put the module into the project",
        module=module,
    )


def _unset(name: str, cell: Cell, cells: Sequence[tuple[Cell, Facts]]) -> Worded:
    """Say where a name is that a cell has missed."""
    for other, _ in cells:
        for magic in other.magics:
            if may_set(magic, name):
                line = magic.text.partition("\n")[0]
                return say(
                    "`{line}` may set `{name}`, which a service does not run; write it as Python",
                    line=line,
                    name=name,
                )
    below = next((c for c, f in cells if c.number > cell.number and name in f.binds), None)
    if below is not None:
        return say(
            "cell {cell}, further down, sets `{name}`: cells run from top to bottom",
            cell=below.number,
            name=name,
        )
    return _FRESH_KERNEL
