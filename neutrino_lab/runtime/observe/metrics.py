"""What has been counted since the start, as Prometheus reads it.

Written here and not by `prometheus_client`, which every export would have to install, and which
would do no more than hold the same numbers and write the same lines.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from ..bus.contract import Counts
from .journal import Call, Journals, Recipient, Run, SocketMessage

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# The client's own default buckets, with what takes longer than they reach.
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_OURS = "neutrino_"
_REQUESTS = "neutrino_http_requests_total"
_DURATIONS = "neutrino_http_request_duration_seconds"
_CLIENTS = "neutrino_websocket_clients"
_MESSAGES = "neutrino_websocket_messages_total"
_CRASHES = "neutrino_websocket_crashes_total"
_RUNS = "neutrino_schedule_runs_total"
_LAST = "neutrino_schedule_last_run_timestamp_seconds"
_FAMILIES = (
    (_REQUESTS, "counter", "Requests by endpoint and class of their status."),
    (_DURATIONS, "histogram", "How long requests took, to the end of the answer."),
    (_CLIENTS, "gauge", "Clients connected at the moment."),
    (_MESSAGES, "counter", "Messages that came in, and results that went out."),
    (_CRASHES, "counter", "Connections that ended with an unexpected exception."),
    (_RUNS, "counter", "Ticks of schedules by what became of them."),
    (_LAST, "gauge", "When the newest run began, in seconds since the epoch."),
)


class Metrics(Journals):
    """A journal that counts, from one start of the process to its end.

    What has a metric of its own is labelled without the word of its kind.
    """

    def __init__(self) -> None:
        super().__init__()
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

    def crashed(self, client: Recipient, error: BaseException) -> None:
        del error
        self._crashes[_name(client.key)] += 1

    def run(self, run: Run, error: BaseException | None = None) -> None:
        del error
        name = _name(run.key)
        self._runs[name, run.outcome] += 1
        if run.outcome in ("ok", "failed"):
            self._last_runs[name] = run.started

    def samples(self) -> dict[str, float]:
        """Give every sample by its name and labels, as replicas tell each other."""
        return dict(self._samples())

    def text(self, clients: Mapping[str, int], others: Iterable[Counts] = ()) -> str:
        """Write everything, with what `others` have counted; `clients` are the connected ones of
        each WebSocket endpoint."""
        samples = self.samples()
        for sample, value in ((s, v) for other in others for s, v in other.items()):
            if sample.startswith(_LAST):
                samples[sample] = max(samples.get(sample, 0), value)
            elif sample.startswith(_OURS):
                samples[sample] = samples.get(sample, 0) + value
        samples |= _counted(_CLIENTS, ("endpoint",), (((each,), n) for each, n in clients.items()))
        lines = []
        for name, kind, about in _FAMILIES:
            lines += [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
            ends = ("_bucket{", "_sum{", "_count{") if kind == "histogram" else ("{",)
            starts = tuple(f"{name}{end}" for end in ends)
            lines += [f"{each} {samples[each]!r}" for each in samples if each.startswith(starts)]
        return "\n".join([*lines, ""])

    def _samples(self) -> Iterator[tuple[str, float]]:
        yield from _counted(_REQUESTS, ("endpoint", "status"), self._calls.items())
        yield from self._histogram()
        yield from _counted(_MESSAGES, ("endpoint", "direction"), self._messages.items())
        yield from _counted(_CRASHES, ("endpoint",), (((e,), n) for e, n in self._crashes.items()))
        yield from _counted(_RUNS, ("schedule", "outcome"), self._runs.items())
        last = (((each,), at) for each, at in self._last_runs.items())
        yield from _counted(_LAST, ("schedule",), last)

    def _histogram(self) -> Iterator[tuple[str, float]]:
        limits = [*map(str, BUCKETS_S), "+Inf"]
        for endpoint, counts in self._durations.items():
            for limit, count in zip(limits, accumulate(counts), strict=True):
                labels = _labels(("endpoint", "le"), (endpoint, limit))
                yield f"{_DURATIONS}_bucket{labels}", count
            labels = _labels(("endpoint",), (endpoint,))
            yield f"{_DURATIONS}_sum{labels}", self._seconds[endpoint]
            yield f"{_DURATIONS}_count{labels}", sum(counts)


def _name(key: str) -> str:
    return key.partition(" ")[2]


def _counted(
    name: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> Iterator[tuple[str, float]]:
    for key, value in values:
        yield f"{name}{_labels(labels, key)}", value


def _labels(names: Iterable[str], values: Iterable[str]) -> str:
    pairs = (f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
