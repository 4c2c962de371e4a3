"""What serving counts, for Prometheus: one name per component, the same as in logs and configuration."""

from typing import Any, Final, TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

M = TypeVar("M", Counter, Histogram)

_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

NO_GENERATION: Final = -1
"""Stands for the number where there is none."""


class Metrics:
    """The metrics of one server; a second one in the same process needs a registry of its own."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}
        self.calls = self._counter("calls", "Calls answered, by gRPC status.", "method", "code")
        self.admissions = self._counter("admissions", "Calls that compute: admitted or refused.", "outcome")
        self.call_seconds = self._histogram("call_seconds", "Time to answer a call.", "method")
        self.stages = self._counter("stages", "Stages run: ok, over_budget or failed.", "stage", "outcome")
        self.stage_seconds = self._histogram("stage_seconds", "Time in a stage.", "stage")
        self.channels = self._counter("channels", "Channels asked: ok, failed or late.", "channel", "verdict")
        self.channel_seconds = self._histogram("channel_seconds", "Time until a channel answered.", "channel")
        self.filled = self._counter("filled_items", "Items filled in because a list was short.")
        self.tracked = self._counter("tracked_events", "Events that the brokers acknowledged.")
        self.refusals = self._counter("refusals", "Calls refused: unauthenticated, denied or limited.", "why")
        self.ready = self._gauge("ready", "1 while the views serve, else 0.")
        self.generation = self._gauge("generation", "Generation that serves; -1 before the first one does.")
        self.preparing = self._gauge("generation_preparing", "Generation prepared beside it; -1 for none.")
        for gauge in (self.generation, self.preparing):
            gauge.set(NO_GENERATION)
        self.decisions = self._counter("decisions", "Decision records: recorded, dropped or failed.", "outcome")
        self.refreshed = self._counter("refreshed", "Lists made ahead that were asked for: ok, or why not.", "verdict")
        self.models = self._counter("models", "Releases of models met: taken or refused.", "outcome")
        self.configs = self._counter("configs", "Changes of configuration met: taken, lost or refused.", "outcome")
        self.switches = self._counter("switches", "Generations prepared: done, failed or overridden.", "outcome")

    def call_count(self, method: str, code: str) -> Counter:
        """Return the counter of the method and status."""
        return self._child(self.calls, method, code)

    def call_time(self, method: str) -> Histogram:
        """Return the histogram of the method."""
        return self._child(self.call_seconds, method)

    def channel_count(self, channel: str, verdict: str) -> Counter:
        """Return the counter of the channel and verdict."""
        return self._child(self.channels, channel, verdict)

    def channel_time(self, channel: str) -> Histogram:
        """Return the histogram of the channel."""
        return self._child(self.channel_seconds, channel)

    def stage_count(self, stage: str, outcome: str) -> Counter:
        """Return the counter of the stage and outcome."""
        return self._child(self.stages, stage, outcome)

    def stage_time(self, stage: str) -> Histogram:
        """Return the histogram of the stage."""
        return self._child(self.stage_seconds, stage)

    def admission_count(self, outcome: str) -> Counter:
        """Return the counter of the outcome."""
        return self._child(self.admissions, outcome)

    def decision_count(self, outcome: str) -> Counter:
        """Return the counter of the outcome."""
        return self._child(self.decisions, outcome)

    def refreshed_count(self, verdict: str) -> Counter:
        """Return the counter of the verdict on a list made ahead."""
        return self._child(self.refreshed, verdict)

    def _child(self, metric: M, *labels: str) -> M:
        """Return the metric with these labels: `labels` costs 5 µs each time, and a request asks for fifty."""
        at = metric._name, labels
        found = self._children.get(at)
        if found is None:
            found = self._children[at] = metric.labels(*labels)
        child: M = found
        return child

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        return Counter(f"tideline_serving_{name}", doc, labels, registry=self.registry)

    def _gauge(self, name: str, doc: str) -> Gauge:
        return Gauge(f"tideline_serving_{name}", doc, registry=self.registry)

    def _histogram(self, name: str, doc: str, *labels: str) -> Histogram:
        return Histogram(f"tideline_serving_{name}", doc, labels, registry=self.registry, buckets=_SECONDS)
