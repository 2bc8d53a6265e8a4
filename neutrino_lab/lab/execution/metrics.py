"""Numbers of the service at the Jupyter server's own /metrics."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.registry import REGISTRY


class Metrics:
    """Executions by status, their durations, and the pool; registered until `close`."""

    def __init__(
        self,
        idle: Callable[[], float],
        count: Callable[[], float],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._registry = registry
        prefix = "neutrino_execution"
        self._executions = Counter(
            f"{prefix}s", "Executions that have ended.", ["status"], registry=registry
        )
        self._durations = Histogram(
            f"{prefix}_seconds", "How long executions took.", ["status"], registry=registry
        )
        self._idle = Gauge(f"{prefix}_kernels_idle", "Kernels that wait.", registry=registry)
        self._kernels = Gauge(f"{prefix}_kernels", "Kernels of all kinds.", registry=registry)
        self._idle.set_function(idle)
        self._kernels.set_function(count)

    def observe(self, status: str, duration_s: float) -> None:
        """Count an execution that has ended, with its duration."""
        self._executions.labels(status).inc()
        self._durations.labels(status).observe(duration_s)

    def close(self) -> None:
        """Take the metrics off the registry, so that they can be made again."""
        for each in (self._executions, self._durations, self._idle, self._kernels):
            self._registry.unregister(each)
