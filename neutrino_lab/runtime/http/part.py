"""HTTP endpoints as a part of the engine: FastAPI's routes go on where they would be the same."""

from __future__ import annotations

import os
from collections.abc import Sequence

from fastapi import FastAPI

from .. import settings
from ..functions import Functions
from ..parts import Part, Shared
from ..spec import Http
from ..threads import Threads
from . import routes
from .routes import Route


class HttpPart(Part[Http, Route]):
    """Serves HTTP endpoints: one route of each, and one pool of threads for their plain
    functions."""

    def __init__(self, shared: Shared) -> None:
        self._journal = shared.journal
        self._threads = Threads("neutrino-call", settings.threads(os.environ))
        self._adopted: Sequence[Route] = ()

    def build(self, endpoints: Sequence[Http], program: Functions) -> tuple[Route, ...]:
        return routes.build(endpoints, program, self._threads, self._adopted)

    def rebound(self, built: Sequence[Route], program: Functions) -> tuple[Route, ...] | None:
        return routes.rebound(built, program)

    def adopt(self, built: Sequence[Route]) -> None:
        for each in built:
            each.current.use(each.calling)
        self._adopted = built

    def settle(self, limit_s: float) -> None:
        self._threads.settle(limit_s)

    def add_routes(self, api: FastAPI, built: Sequence[Route]) -> None:
        routes.add(api, built, self._journal)


make = HttpPart
