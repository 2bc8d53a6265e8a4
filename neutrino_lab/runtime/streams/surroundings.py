"""What all flows of a process share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..sandbox.function import SandboxedFunction
from ..sandbox.levels import Level
from .direct import Asker
from .guard import caller
from .operator import Operator
from .process import Process
from .remote import Remote
from .store import Store
from .workers import Workers

if TYPE_CHECKING:
    from .flow import Flow


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`find` gives the flow of another stream for the same parameters, until it is left, and raises
    SourceError; `on_error` is called with each exception of an operator; `level` tells how
    sandboxed ones are kept apart, which is known once the first of them was tried; `asker` asks
    models; `publish` sends a frame to an endpoint's clients."""

    workers: Workers
    store: Store
    loop: asyncio.AbstractEventLoop
    find: Callable[[str, Mapping[str, str]], Flow]
    leave: Callable[[Flow], None]
    on_error: Callable[[Operator, BaseException], None]
    level: Callable[[], Level]
    asker: Asker
    publish: Callable[[str, str], None]

    def caller(self, operator: Operator) -> Callable[..., Any] | None:
        """Make what is called for each value: the function, or what asks a model."""
        return self.asker.caller(operator) if operator.is_direct else caller(operator, self.loop)

    def remote(self, operator: Operator) -> Remote | None:
        """Make where an operator runs, if that is not here."""
        is_sandboxed = isinstance(operator.function, SandboxedFunction)
        return Remote(operator, self.level()) if is_sandboxed else None

    def process(
        self,
        operator: Operator,
        version: int,
        on_error: Callable[[BaseException], None] = lambda _error: None,
    ) -> Process:
        """Make an operator that can be put to work, without a state."""
        return Process(
            operator,
            version=version,
            call=self.caller(operator),
            remote=self.remote(operator),
            on_error=on_error,
        )

    def copy(self, process: Process) -> Process:
        """Make a process of the same version, which begins without a state."""
        copied = self.process(process.operator, process.version)
        copied.params = dict(process.params)
        return copied
