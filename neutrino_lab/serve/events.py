"""What happens to a served notebook, and what can be done about it: see `decisions.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from neutrino_lab.runtime.program import Changes
from neutrino_lab.serve.control import ControlMessage
from neutrino_lab.serve.process import Exit
from neutrino_lab.serve.revision import Revision
from neutrino_lab.serve.status import Address


@dataclass(frozen=True, slots=True)
class Saved:
    """The notebook was saved, or may have been."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Modules that the notebook imports from beside it were edited."""


@dataclass(frozen=True, slots=True)
class Retried:
    """The user wants the newest version, whatever went wrong before."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The user wants a new process, without what cells have left behind in this one."""


@dataclass(frozen=True, slots=True)
class Read:
    """The notebook was read, or could not be."""

    revision: Revision | None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The process that was to be launched is there."""


@dataclass(frozen=True, slots=True)
class Unstartable:
    """The process that was to be launched could not be started."""

    error: Exception


@dataclass(frozen=True, slots=True)
class Ended:
    """The process is gone, and all that it had started."""

    exit: Exit


@dataclass(frozen=True, slots=True)
class CellBegun:
    """A cell of the version that is being brought up runs from now on."""

    cell: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """All cells have run; the worker's event loop is about to adopt the version."""

    version: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The process serves a version at an address. `modules` are those beside the notebook that it
    has imported."""

    version: int
    address: Address
    modules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Failed:
    """A version did not come up; the one before goes on."""

    version: int
    message: ControlMessage


@dataclass(frozen=True, slots=True)
class Lacking:
    """The interpreter lacks packages that serving needs; `message` names them."""

    message: ControlMessage


@dataclass(frozen=True, slots=True)
class Beat:
    """The worker's event loop has answered."""


@dataclass(frozen=True, slots=True)
class Busy:
    """What keeps the worker's event loop from answering, as far as the worker can tell."""

    place: str


@dataclass(frozen=True, slots=True)
class Forged:
    """User code has got hold of the worker's line: nothing that it says counts any more."""


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that SetTimer has set is up."""

    timer: Timer


Timer: TypeAlias = Literal["start", "pause", "beat"]
"""`start`: the version takes too long. `pause`: time to start again. `beat`: ask the loop."""

Event: TypeAlias = (
    Saved
    | Edited
    | Retried
    | Restarted
    | Read
    | Started
    | Unstartable
    | Ended
    | CellBegun
    | Prepared
    | Ready
    | Failed
    | Lacking
    | Beat
    | Busy
    | Forged
    | Due
)


@dataclass(frozen=True, slots=True)
class ReadSource:
    """Read the notebook, then tell `Read`."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Start a process, then tell `Started` or `Unstartable`, and `Ended` at its end."""


@dataclass(frozen=True, slots=True)
class RunVersion:
    """Have the process run the cells of `changes` (None: all) and serve this version; it tells
    `Ready` or `Failed`."""

    version: int
    revision: Revision
    changes: Changes | None
    reload_modules: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask the worker's event loop for a `Beat`."""


@dataclass(frozen=True, slots=True)
class EndProcess:
    """End the process and all that it has started; `Ended` tells when it is gone."""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Tell `Due` after so many seconds, instead of what was set before; None takes it back."""

    timer: Timer
    seconds: float | None


Action: TypeAlias = ReadSource | Launch | RunVersion | Ping | EndProcess | SetTimer
