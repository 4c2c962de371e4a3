from __future__ import annotations

from pathlib import Path

from deploy.local.follow import read_logs
from deploy.local.settings import Service


def test_the_last_lines_of_each_log_in_turn(tmp_path: Path) -> None:
    logs = {service: tmp_path / f"{service}.log" for service in (Service.KAFKA, Service.MILVUS)}
    for service, path in logs.items():
        path.write_text(f"old\n{service} 1\n{service} 2")
    assert list(read_logs(logs, 2)) == [
        (Service.KAFKA, "kafka 1"),
        (Service.KAFKA, "kafka 2"),
        (Service.MILVUS, "milvus 1"),
        (Service.MILVUS, "milvus 2"),
    ]
    assert list(read_logs(logs, 0)) == []


def test_following_goes_on_where_the_last_lines_ended_and_yields_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("old\nlast\nbeg")
    lines = read_logs({Service.KAFKA: log}, 2, follow=True)
    assert next(lines) == (Service.KAFKA, "last")
    with log.open("a") as file:
        file.write("un\nnext\nnot yet")
    assert next(lines) == (Service.KAFKA, "begun")
    assert next(lines) == (Service.KAFKA, "next")
    with log.open("a") as file:
        file.write(", now\n")
    assert next(lines) == (Service.KAFKA, "not yet, now")
    lines.close()
