"""The rings: bounded and whole."""

from __future__ import annotations

from neutrino_lab.runtime.observe.journal import Call, Journal, Message, Run


def test_each_ring_holds_the_newest() -> None:
    journal = Journal(capacity=2, clock=lambda: 9.0)
    for n in range(3):
        journal.call("GET /a", status=200 + n, started=float(n), duration_s=0.5)
        journal.message("/ws", "in", client=f"c{n}", room="r", recipients=(), size=n)
        journal.run(Run("nb:f", due=n, started=n, duration_s=0.1, outcome="ok"))
    assert journal.calls == (Call("GET /a", 201, 1.0, 0.5), Call("GET /a", 202, 2.0, 0.5))
    assert journal.messages == (
        Message(9.0, "/ws", "in", "c1", "r", 0, 1),
        Message(9.0, "/ws", "in", "c2", "r", 0, 2),
    )
    assert [run.due for run in journal.runs] == [1, 2]
