"""What serving counts, for Prometheus: one name per component, the same as in logs and configuration."""

from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

from serving.tally import Tally, Timings

_SECONDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

NO_GENERATION: Final = -1
"""Stands for the number where there is none."""


class Metrics:
    """The metrics of one server; a second one in the same process needs a registry of its own."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.registry = registry
        self.calls = self._tally("calls", "Calls answered, by gRPC status.", "method", "code")
        self.admissions = self._tally("admissions", "Calls that compute: admitted or refused.", "outcome")
        self.call_seconds = self._timings("call_seconds", "Time to answer a call.", "method")
        self.stages = self._tally("stages", "Stages run: ok, over_budget or failed.", "stage", "outcome")
        self.stage_seconds = self._timings("stage_seconds", "Time in a stage.", "stage")
        self.channels = self._tally("channels", "Channels asked: ok, failed or late.", "channel", "verdict")
        self.channel_seconds = self._timings("channel_seconds", "Time until a channel answered.", "channel")
        self.filled = self._counter("filled_items", "Items filled in because a list was short.")
        self.tracked = self._counter("tracked_events", "Events that the brokers acknowledged.")
        self.refusals = self._counter("refusals", "Calls refused: unauthenticated, denied or limited.", "why")
        self.ready = self._gauge("ready", "1 while the views serve, else 0.")
        self.generation = self._gauge("generation", "Generation that serves; -1 before the first one does.")
        self.preparing = self._gauge("generation_preparing", "Generation prepared beside it; -1 for none.")
        for gauge in (self.generation, self.preparing):
            gauge.set(NO_GENERATION)
        self.decisions = self._tally("decisions", "Decision records: recorded, dropped or failed.", "outcome")
        self.refreshed = self._tally("refreshed", "Lists made ahead that were asked for: ok, or why not.", "verdict")
        self.models = self._counter("models", "Releases of models met: taken or refused.", "outcome")
        self.configs = self._counter("configs", "Changes of configuration met: taken, lost or refused.", "outcome")
        self.switches = self._counter("switches", "Generations prepared: done, failed or overridden.", "outcome")

    def _tally(self, name: str, doc: str, *labels: str) -> Tally:
        return Tally(f"tideline_serving_{name}", doc, labels, self.registry)

    def _timings(self, name: str, doc: str, *labels: str) -> Timings:
        return Timings(f"tideline_serving_{name}", doc, labels, self.registry, _SECONDS)

    def _counter(self, name: str, doc: str, *labels: str) -> Counter:
        return Counter(f"tideline_serving_{name}", doc, labels, registry=self.registry)

    def _gauge(self, name: str, doc: str) -> Gauge:
        return Gauge(f"tideline_serving_{name}", doc, registry=self.registry)
