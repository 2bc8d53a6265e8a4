"""The rings: bounded, whole, and summed up."""

from __future__ import annotations

from neutrino_lab.runtime.journal import Call, Journal, Latency, Message, Run


def test_each_ring_holds_the_newest() -> None:
    journal = Journal(capacity=2, clock=lambda: 9.0)
    for n in range(3):
        journal.call("GET /a", status=200 + n, started=float(n), duration_s=0.5)
        journal.message("/ws", "in", client=f"c{n}", room="r", recipients=0, size=n)
        journal.run(Run("nb:f", due=n, started=n, duration_s=0.1, outcome="ok"))
    assert journal.calls == (Call("GET /a", 201, 1.0, 0.5), Call("GET /a", 202, 2.0, 0.5))
    assert journal.messages == (
        Message(9.0, "/ws", "in", "c1", "r", 0, 1),
        Message(9.0, "/ws", "in", "c2", "r", 0, 2),
    )
    assert [run.due for run in journal.runs] == [1, 2]


def test_latency_looks_at_a_window_and_counts_all_calls() -> None:
    journal = Journal(window=100)
    for n in range(200):
        journal.call("GET /a", status=200, started=0.0, duration_s=float(n))
    journal.call("GET /b", status=200, started=0.0, duration_s=7.0)
    assert journal.latency() == {
        "GET /a": Latency(calls=200, p50_s=149.0, p99_s=198.0, slowest_s=199.0),
        "GET /b": Latency(calls=1, p50_s=7.0, p99_s=7.0, slowest_s=7.0),
    }


def test_endpoints_that_are_gone_are_forgotten() -> None:
    journal = Journal()
    for endpoint in ("GET /a", "GET /b"):
        journal.call(endpoint, status=200, started=0.0, duration_s=1.0)
    journal.keep(["GET /b", "GET /c"])
    assert list(journal.latency()) == ["GET /b"]
