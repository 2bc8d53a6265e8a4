"""What failed in an export that was tried, in words of the notebook: its cell, line and names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from neutrino_lab.declare.diagnostics import Diagnostic
from neutrino_lab.export.location import CodeLocation
from neutrino_lab.export.selection import Choice, Selection
from neutrino_lab.notebook import hints
from neutrino_lab.notebook.facts import extract
from neutrino_lab.notebook.model import Notebook, Span
from neutrino_lab.notebook.wording import NOTHING, Worded, quote, say
from neutrino_lab.runtime.cell_file import join, split

_PLACE = re.compile(r'^ +File "[^"\n]*cells[/\\](\w+)\.py", line (\d+)', re.MULTILINE)
_ERROR = re.compile(r"^((?:\w+\.)*\w+(?:Error|Exception|Exit|Interrupt)): ?(.*)$", re.MULTILINE)
_NAME = re.compile(r"name '(\w+)' is not defined")


class Diagnoser:
    """Knows the cells of a selection, and which names they bind."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection

    def of_start(self, failure: Mapping[str, str]) -> Diagnostic:
        """What a cell, or an endpoint, that stopped the start looks like among the findings."""
        number, line = _number(failure["cell"]), _number(failure["line"])
        choice = next(
            (c for c in self._selection.choices if _is(c, failure["module"], number)), None
        )
        message = quote(failure["reason"] or f"{failure['type']}: {failure['message']}")
        hint = say("fix the notebook, and export it again")
        if choice is not None:
            cells = [(each, extract(each.code)) for each in choice.notebook.cells]
            hint = hints.of(failure["type"], failure["message"], choice.cell, cells)
        if said := self._of_name(failure["message"] if failure["type"] == "NameError" else ""):
            message, hint = said, say("define it in a cell that is exported")
        elif failure["type"] in {"ModuleNotFoundError", "ImportError"}:
            hint = say("install it in the notebook's kernel, or put the module beside the notebook")
        if choice is None:
            reason = say("the app does not start: {message}", message=message)
            return Diagnostic("NL761", "error", reason, hint, "")
        lines = choice.cell.source.split("\n")
        if "".join(lines[line - 1 : line]).lstrip().startswith("from ."):
            hint = say(
                "a notebook is in no package: import the module by its name, without the dots"
            )
        return CodeLocation.of(choice.notebook, choice.cell).finding(
            "NL761",
            "error",
            say("in a process of its own the cell fails: {message}", message=message),
            hint=hint,
            span=Span(line, 0, line, len(lines[line - 1])) if 0 < line <= len(lines) else None,
        )

    def of_log(self, log: str) -> str:
        """The last error in what was logged, and its cell; empty where there is none."""
        errors = list(_ERROR.finditer(log))
        if not errors:
            return ""
        name, message = errors[-1].groups()
        said = (self._of_name(message) if name == "NameError" else "") or f"{name}: {message}"
        places = list(_PLACE.finditer(log))
        where = self._where(places[-1][1], int(places[-1][2])) if places else ""
        return f"{where}{said}"

    def _where(self, module: str, line: int) -> str:
        for notebook in self._selection.notebooks:
            if isinstance(notebook, Notebook) and notebook.module == module:
                listed = [(c.number, c.code) for c in notebook.cells if c.code.strip()]
                cells = [c for c in split(join(listed), "") if c.first_line <= line]
                if cells:
                    return f"cell {cells[-1].number}, line {line - cells[-1].first_line + 1}: "
        return ""

    def _of_name(self, message: str) -> Worded:
        """Why a name is missing that the author's kernel had; empty where it is something else."""
        found = _NAME.search(message)
        if not found:
            return NOTHING
        name = found[1]
        binding = [c for c in self._selection.choices if name in self._binds(c)]
        if not binding:
            return say(
                "name `{name}` only exists in your kernel: no cell defines it any more", name=name
            )
        last = binding[-1]
        if not last.is_included:
            return say(
                "name `{name}` is set by cell {cell}, which is left out",
                name=name,
                cell=last.cell.number,
            )
        return say(
            "name `{name}` is not set yet: cell {cell} sets it", name=name, cell=last.cell.number
        )

    def _binds(self, choice: Choice) -> frozenset[str]:
        facts = self._selection.facts.get((choice.notebook.module, choice.cell.number))
        return facts.binds if facts else frozenset()


def _is(choice: Choice, module: str, number: int) -> bool:
    return (choice.notebook.module, choice.cell.number) == (module, number)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
