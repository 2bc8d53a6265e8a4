"""A journal for tests, which keeps all that it is told."""

from __future__ import annotations

from neutrino_lab.runtime.observe.journal import Call, Journals, Run, SocketMessage


class Recording(Journals):
    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.messages: list[SocketMessage] = []
        self.runs: list[Run] = []

    def call(self, call: Call, error: BaseException | None = None) -> None:
        self.calls.append(call)

    def message(self, message: SocketMessage) -> None:
        self.messages.append(message)

    def run(self, run: Run, error: BaseException | None = None) -> None:
        self.runs.append(run)
