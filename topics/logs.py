"""How a process logs: plain lines for people, or one JSON object a line."""

import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal

import orjson
from opentelemetry import trace
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_PLAIN: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
_ORDINARY: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class LogSettings(BaseSettings):
    """The form of log lines."""

    model_config = SettingsConfigDict(env_prefix="TIDELINE_LOG_", frozen=True)

    format: Literal["plain", "json"] = Field(
        default="plain", description="plain for people, json for one object a line, with all `extra` fields."
    )


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, `extra` fields, traceback and trace id."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _ORDINARY},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line["trace_id"] = f"{span.trace_id:032x}"
        return orjson.dumps(line, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure_logging(settings: LogSettings, level: int) -> None:
    """Send log lines of at least `level` to stderr, as the settings say, and nowhere else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.format == "json" else logging.Formatter(_PLAIN))
    logging.basicConfig(handlers=[handler], level=level, force=True)
