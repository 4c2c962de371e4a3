"""Logs: a line is one line, whatever it says."""

import logging
import sys

import orjson
import pytest
from opentelemetry.sdk.trace import TracerProvider

from topics.logs import JsonLines, LogSettings, configure_logging

TRACER = TracerProvider().get_tracer("test")


def test_a_json_line_holds_message_extras_traceback_and_trace() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        raised = sys.exc_info()
    record = logging.LogRecord("agents", logging.ERROR, "file.py", 1, "lost %d\nrecords", (3,), raised)
    record.partition = 2
    with TRACER.start_as_current_span("fold") as span:
        text = JsonLines().format(record)
    assert "\n" not in text
    line = orjson.loads(text)
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "agents", "lost 3\nrecords")
    assert line["partition"] == 2
    assert "ValueError: first" in line["traceback"]
    assert line["trace_id"] == f"{span.get_span_context().trace_id:032x}"


def test_the_settings_choose_format_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure_logging(LogSettings(format="json"), logging.WARNING)
        logging.getLogger("of a test").info("not this")
        logging.getLogger("of a test").warning("this")
    finally:
        root.handlers, level = before
        root.setLevel(level)
    assert [orjson.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["this"]
