"""What has been counted since the start, as Prometheus reads it.

Written here and not by `prometheus_client`, which every export would have to install, and which
would do no more than hold the same numbers and write the same lines.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from .journal import Call, Recipient, Run, SocketMessage

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# The client's own default buckets, with what takes longer than they reach.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """A journal that counts, from one start of the process to its end.

    What has a metric of its own is labelled without the word of its kind.
    """

    def __init__(self) -> None:
        self._calls: Counter[tuple[str, str]] = Counter()
        self._durations: dict[str, list[int]] = {}
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._messages: Counter[tuple[str, str]] = Counter()
        self._crashes: Counter[str] = Counter()
        self._runs: Counter[tuple[str, str]] = Counter()
        self._last_runs: dict[str, float] = {}

    def call(self, call: Call, error: BaseException | None = None) -> None:
        del error
        key, duration_s = call.key, call.duration_s
        self._calls[key, f"{call.status // 100}xx"] += 1
        if key not in self._durations:
            self._durations[key] = [0] * (len(BUCKETS_S) + 1)
        self._durations[key][bisect_left(BUCKETS_S, duration_s)] += 1
        self._seconds[key] += duration_s

    def message(self, message: SocketMessage) -> None:
        self._messages[_name(message.key), message.direction] += 1

    def joined(self, client: Recipient) -> None:
        pass

    def left(self, client: Recipient) -> None:
        pass

    def crashed(self, client: Recipient, error: BaseException) -> None:
        del error
        self._crashes[_name(client.key)] += 1

    def run(self, run: Run, error: BaseException | None = None) -> None:
        del error
        name = _name(run.key)
        self._runs[name, run.outcome] += 1
        if run.outcome in ("ok", "failed"):
            self._last_runs[name] = run.started

    def text(self, clients: Mapping[str, int]) -> str:
        """Write everything; `clients` are the connected ones of each WebSocket endpoint."""
        return "\n".join([*self._lines(clients), ""])

    def _lines(self, clients: Mapping[str, int]) -> Iterator[str]:
        name = "neutrino_http_requests_total"
        yield from _head(name, "counter", "Requests by endpoint and class of their status.")
        yield from _counted(name, ("endpoint", "status"), self._calls.items())
        yield from self._histogram("neutrino_http_request_duration_seconds")
        name = "neutrino_websocket_clients"
        yield from _head(name, "gauge", "Clients connected at the moment.")
        yield from _counted(name, ("endpoint",), (((each,), n) for each, n in clients.items()))
        name = "neutrino_websocket_messages_total"
        yield from _head(name, "counter", "Messages that came in, and results that went out.")
        yield from _counted(name, ("endpoint", "direction"), self._messages.items())
        name = "neutrino_websocket_crashes_total"
        yield from _head(name, "counter", "Connections that ended with an unexpected exception.")
        yield from _counted(name, ("endpoint",), (((e,), n) for e, n in self._crashes.items()))
        name = "neutrino_schedule_runs_total"
        yield from _head(name, "counter", "Ticks of schedules by what became of them.")
        yield from _counted(name, ("schedule", "outcome"), self._runs.items())
        name = "neutrino_schedule_last_run_timestamp_seconds"
        yield from _head(name, "gauge", "When the newest run began, in seconds since the epoch.")
        last = (((each,), at) for each, at in self._last_runs.items())
        yield from _counted(name, ("schedule",), last)

    def _histogram(self, name: str) -> Iterator[str]:
        yield from _head(name, "histogram", "How long requests took, to the end of the answer.")
        limits = [*map(str, BUCKETS_S), "+Inf"]
        for endpoint, counts in self._durations.items():
            for limit, count in zip(limits, accumulate(counts), strict=True):
                labels = _labels(("endpoint", "le"), (endpoint, limit))
                yield f"{name}_bucket{labels} {count}"
            labels = _labels(("endpoint",), (endpoint,))
            yield f"{name}_sum{labels} {self._seconds[endpoint]!r}"
            yield f"{name}_count{labels} {sum(counts)}"


def _name(key: str) -> str:
    return key.partition(" ")[2]


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _counted(
    name: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Iterator[str]:
    for key, value in values:
        yield f"{name}{_labels(labels, key)} {value!r}"


def _labels(names: Iterable[str], values: Iterable[str]) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
