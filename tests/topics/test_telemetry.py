"""Telemetry: traces cross the log."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from topics.telemetry import trace_context, trace_headers

TRACER = TracerProvider().get_tracer("test")


def test_a_trace_goes_on_where_its_headers_are_read() -> None:
    with TRACER.start_as_current_span("produce") as sent:
        headers = trace_headers()
    assert headers is not None
    with TRACER.start_as_current_span("fold", context=trace_context([("other", None), *headers])) as received:
        assert received.get_span_context().trace_id == sent.get_span_context().trace_id


def test_outside_a_trace_there_are_no_headers() -> None:
    assert trace_headers() is None


@pytest.mark.parametrize("headers", [None, [], [("traceparent", b"\xff\xfe")], [("traceparent", None)]])
def test_headers_without_a_readable_trace_start_none(headers: list[tuple[str, bytes | None]] | None) -> None:
    with TRACER.start_as_current_span("unrelated"):
        assert not trace.get_current_span(trace_context(headers)).get_span_context().is_valid
