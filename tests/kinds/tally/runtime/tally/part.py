"""Serves tallies: their totals outlive the versions of an app."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from .. import calls
from ..calls import CallPlan
from ..observe import journal
from ..parts import Activity, Part, Shared
from ..program import Program
from .spec import Tally


@dataclass(frozen=True, slots=True)
class Counted:
    tally: Tally
    function: Callable[..., Any]
    call: CallPlan


class TallyPart(Part[Tally, Counted]):
    def __init__(self, shared: Shared) -> None:
        self._journal = shared.journal
        self._totals: Counter[str] = Counter()
        self._is_resting = False

    def build(self, endpoints: Sequence[Tally], program: Program) -> tuple[Counted, ...]:
        return tuple(
            Counted(each, function, calls.plan(each, function, program.names(each.module)))
            for each in endpoints
            for function in [program.function(each)]
        )

    def add_routes(self, api: FastAPI, built: Sequence[Counted]) -> None:
        for each in built:
            api.add_api_route(each.tally.path, self._endpoint(each), methods=["GET"])

    def adopt(self, built: Sequence[Counted]) -> None:
        kept = {each.tally.path for each in built}
        self._totals = Counter({path: n for path, n in self._totals.items() if path in kept})

    def activities(self, endpoints: Sequence[Tally]) -> Sequence[Activity]:
        return [Activity(clients=self._totals[each.path]) for each in endpoints]

    def act(self, endpoint: Tally, action: str) -> bool:
        self._totals[endpoint.path] = 0
        return action == "reset"

    def _endpoint(self, counted: Counted) -> Callable[..., Awaitable[Any]]:
        tally, call = counted.tally, counted.call

        async def endpoint(**values: Any) -> Any:
            started, clock = time.time(), time.perf_counter()
            self._totals[tally.path] += 1
            first, named = call.arguments(values)
            result = counted.function(*first, total=self._totals[tally.path], **named)
            took_s = time.perf_counter() - clock
            self._journal.call(journal.Call(tally.key, 200, started, took_s))
            return result

        endpoint.__name__ = tally.name
        endpoint.__signature__ = call.signature  # type: ignore[attr-defined]
        return endpoint


make = TallyPart
