"""What goes over the pipes of a rebuild comes out as it went in, secrets and paths too; each on a line of its own."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.rebuild.protocol import (
    Advanced,
    Copy,
    Ended,
    Failed,
    Fold,
    Hello,
    Job,
    Ready,
    Report,
    fields_of,
    hello_in,
    job_in,
    line_of,
    report_in,
)
from agents.settings import BadRecords, WorkerSettings
from schemas.settings import RegistrySettings
from topics.settings import KafkaSettings

counts = st.integers(0, 2**62)
jobs = st.builds(Fold, st.text(), counts, counts) | st.builds(Copy, st.text(), counts, counts)
reports = st.just(Ready()) | st.builds(Advanced, counts, counts) | st.just(Ended()) | st.builds(Failed, st.text())


@given(jobs, reports)
def test_a_message_is_a_line(job: Job, report: Report) -> None:
    assert job_in(line_of(job)) == job
    assert report_in(line_of(report)) == report
    for line in (line_of(job), line_of(report)):
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1


def test_a_process_has_the_settings_of_its_coordinator_whatever_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kafka = KafkaSettings(
        bootstrap_servers="a:1,b:2",
        security_protocol="SASL_SSL",
        sasl_username="u",
        sasl_password="p",
        ssl_ca=Path("ca.pem"),
    )
    registry = RegistrySettings(url="https://registry/api", token="t")
    worker = WorkerSettings(group="g", state_dir=Path("rows"), bad_records=BadRecords.SKIP, agents=frozenset({"a"}))
    hello = Hello(fields_of(kafka), fields_of(registry), fields_of(worker), "folder")
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SSL_KEY", "REGISTRY_USERNAME", "WORKER_GROUP"):
        monkeypatch.setenv(f"TIDELINE_{name}", "other")
    read = hello_in(line_of(hello))
    made: list[Any] = [KafkaSettings(**read.kafka), RegistrySettings(**read.registry), WorkerSettings(**read.worker)]
    assert [dict(each) for each in made] == [dict(kafka), dict(registry), dict(worker)]
