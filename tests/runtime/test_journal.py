"""Journals as one: each is told everything."""

from __future__ import annotations

from typing import NamedTuple

from neutrino_lab.runtime.observe.journal import Call, Journals, Run, SocketMessage
from tests.recording import Recording


class Client(NamedTuple):
    name: str
    key: str


class Whole(Recording):
    def __init__(self) -> None:
        super().__init__()
        self.clients: list[tuple[str, object]] = []

    def joined(self, client: object) -> None:
        self.clients.append(("joined", client))

    def left(self, client: object) -> None:
        self.clients.append(("left", client))

    def crashed(self, client: object, error: BaseException) -> None:
        self.clients.append((str(error), client))


def test_each_journal_is_told_everything() -> None:
    one, other = Whole(), Whole()
    call = Call("GET /a", 200, 1.0, 0.5)
    client = Client("ada", "WS /ws")
    message = SocketMessage("WS /ws", "out", "", "", (client,), 2)
    run = Run("SCHEDULE nb:f", due=1.0, started=1.0, duration_s=0.1, outcome="ok")
    for journal in (Journals(), Journals(one, other)):
        journal.call(call)
        journal.joined(client)
        journal.message(message)
        journal.crashed(client, ValueError("no"))
        journal.left(client)
        journal.run(run)
    for each in (one, other):
        assert (each.calls, each.messages, each.runs) == ([call], [message], [run])
        assert each.clients == [("joined", client), ("no", client), ("left", client)]
