"""The way of a live kernel to kernel.py: run by path, in a kernel that has none of our packages.

Nothing stays in the user's namespace, and `sys.path` is left alone. Standard library only, and a
syntax that Python 3.7 reads: a kernel whose Python is too old is to be told so.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Dict  # noqa: UP035 - see above

MEDIA_TYPE = "application/vnd.neutrino-lab.answer+json"
# What an answer says unless there is more to say.
_PLAIN = {
    "statuses": [],
    "has_run": False,
    "openapi": None,
    "lacking": None,
    "refused": "",
    "response": None,
}  # type: Dict[str, Any]


class DisplayedJson:
    """What a kernel displays of an answer: its JSON alone."""

    def __init__(self, reply: Dict[str, Any]) -> None:  # noqa: UP006
        self._reply = {**_PLAIN, **reply}

    def __repr__(self) -> str:
        return "<answer>"

    def _repr_mimebundle_(self, **_: Any) -> Dict[str, Any]:  # noqa: UP006
        return {MEDIA_TYPE: self._reply}


def answer(text: str) -> DisplayedJson:
    """Do what is asked in JSON: see kernel.py, and `KernelAnswer` of the protocol."""
    name = _package(Path(__file__).resolve().parents[2])
    needs = import_module(name + ".serve.runtime_requirements")
    kernel, lacking = needs.load(name + ".serve.live_kernel.kernel", needs.RUNTIME)
    if not lacking:
        return DisplayedJson(kernel.answer(json.loads(text)))
    reason, command = needs.words(lacking)
    return DisplayedJson({"lacking": {"reason": reason, "command": command}})


def _package(folder: Path) -> str:
    """Make the package of this file importable. A kernel outlives the server that put it there:
    the copy of the one before is dropped."""
    name = folder.name
    known = sys.modules.get(name)
    if known is not None and list(known.__path__) == [str(folder)]:
        return name
    for each in [m for m in sys.modules if m.partition(".")[0] == name]:
        del sys.modules[each]
    spec = spec_from_file_location(
        name, str(folder / "__init__.py"), submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = module_from_spec(spec)
    sys.modules[name] = package
    spec.loader.exec_module(package)
    return name
