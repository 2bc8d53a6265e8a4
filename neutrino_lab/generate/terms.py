"""What holds for all drafts of one program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neutrino_lab.generate import lint
from neutrino_lab.runtime.sandbox.levels import Level
from neutrino_lab.runtime.settings import SANDBOX

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """Imports that are allowed, rounds, the weakest sandbox, how long one value may take in a trial
    (0 is what the cell says), and how long a whole answer may."""

    imports: frozenset[str] = lint.IMPORTS
    rounds: int = ROUNDS
    sandbox: Level = "landlock"
    timeout_s: float = 0.0
    answer_s: float = 300.0


def read(environ: Mapping[str, str]) -> Terms:
    """Read the imports that drafts may use, and their sandbox. Raises ValueError."""
    more = environ.get("NEUTRINO_GENERATE_IMPORTS", "").replace(",", " ").split()
    return Terms(lint.IMPORTS | frozenset(more), sandbox=SANDBOX.parse(SANDBOX.text(environ)))
