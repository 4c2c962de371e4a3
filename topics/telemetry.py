"""Trace context in Kafka headers: a trace runs from whoever produced an event through those who read it."""

from collections.abc import Iterable
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from topics.headers import TRACEPARENT

_PROPAGATOR: Final = TraceContextTextMapPropagator()


def trace_headers() -> list[tuple[str, bytes]] | None:
    """Return the headers that carry the current span's context; None outside any span."""
    if not trace.get_current_span().get_span_context().is_valid:
        return None
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return [(name, value.encode()) for name, value in carrier.items()]


def trace_context(headers: Iterable[tuple[str, bytes | None]] | None) -> Context:
    """Return the context that a record's headers carry, to start a span in; an empty one where they carry none."""
    carrier = {
        name: value.decode("ascii", "replace") for name, value in headers or () if name == TRACEPARENT and value
    }
    return _PROPAGATOR.extract(carrier, context=Context())
