"""The board is a function of the log: one owner at a time, nothing after the end, nothing counted twice."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.model_records import JobEvent, JobStatus
from tests.model_strategies import job_events
from topics.jobs.board import LEASE_MS, Board, Job, after

Log = list[tuple[JobEvent, int]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Return events with rising times of the broker, of which some gaps are longer than a lease."""
    events = draw(st.lists(job_events(), max_size=20))
    gaps = st.sampled_from([1, 1000, LEASE_MS + 1])
    times, now = [], 0
    for _ in events:
        now += draw(gaps)
        times.append(now)
    return list(zip(events, times, strict=True))


def board_of(log: Log) -> Board:
    board = Board()
    for event, at in log:
        board.take(event, at)
    return board


def said(number: int, status: JobStatus, worker: str = "", **told: object) -> JobEvent:
    return JobEvent(f"e{number}", "t", "j", status, 0, worker=worker, **told)  # type: ignore[arg-type]


def job_after(*log: tuple[JobEvent, int]) -> Job:
    return board_of(list(log)).jobs["t", "j"]


REQUESTED = said(0, JobStatus.REQUESTED, kind="train", arguments={"recipe": "ease"}), 0


@given(logs(), st.integers(0, 99))
def test_partitions_may_be_mixed_in_any_way(log: Log, seed: int) -> None:
    """Events of one job keep their order, being of one partition; those of others may come between."""
    jobs = sorted({(event.tenant_id, event.job_id) for event, _ in log})
    by_job = [[each for each in log if (each[0].tenant_id, each[0].job_id) == job] for job in jobs]
    random, mixed = Random(seed), list[tuple[JobEvent, int]]()
    while any(by_job):
        mixed.append(random.choice([queue for queue in by_job if queue]).pop(0))
    assert board_of(mixed).jobs == board_of(log).jobs


@given(logs(), st.data())
def test_an_event_that_comes_again_changes_nothing(log: Log, data: st.DataObject) -> None:
    unique = [(replace(event, event_id=str(number)), at) for number, (event, at) in enumerate(log)]
    board = board_of(unique)
    before = dict(board.jobs)
    for event, _ in data.draw(st.lists(st.sampled_from(unique), max_size=9)) if unique else ():
        board.take(event, 10**9)
    assert board.jobs == before


@given(logs())
def test_only_its_owner_moves_a_job_and_nothing_moves_an_ended_one(log: Log) -> None:
    job: Job | None = None
    for event, at in log:
        before, job = job, after(job, replace(event, tenant_id="t", job_id="j"), at)
        if before is None or job is None or job == before:
            continue
        assert not before.ended
        if event.status == JobStatus.CLAIMED:
            assert before.free(at)
        elif event.status != JobStatus.CANCELLED:
            assert before.worker == event.worker != ""


def test_the_first_claim_has_the_job() -> None:
    job = job_after(REQUESTED, (said(1, JobStatus.CLAIMED, "ann"), 10), (said(2, JobStatus.CLAIMED, "bob"), 11))
    assert (job.worker, job.status) == ("ann", JobStatus.CLAIMED)


def test_a_worker_that_says_nothing_for_a_lease_loses_its_job() -> None:
    claimed = REQUESTED, (said(1, JobStatus.CLAIMED, "ann"), 10), (said(2, JobStatus.RUNNING, "ann", progress=0.5), 20)
    taken = said(3, JobStatus.CLAIMED, "bob")
    assert job_after(*claimed, (taken, 20 + LEASE_MS)).worker == "ann"
    lost = (*claimed, (taken, 21 + LEASE_MS))
    assert job_after(*lost).worker == "bob"
    late = said(4, JobStatus.SUCCEEDED, "ann"), 22 + LEASE_MS
    assert not job_after(*lost, late).ended, "what the one who lost it says counts no more"


def test_a_job_that_is_given_back_is_free_at_once() -> None:
    given_back = REQUESTED, (said(1, JobStatus.CLAIMED, "ann"), 10), (said(2, JobStatus.RETURNED, "ann"), 11)
    assert job_after(*given_back).free(12)
    assert job_after(*given_back, (said(3, JobStatus.CLAIMED, "bob"), 12)).worker == "bob"


def test_results_and_reasons_are_kept() -> None:
    claimed = REQUESTED, (said(1, JobStatus.CLAIMED, "ann"), 10)
    done = job_after(*claimed, (said(2, JobStatus.SUCCEEDED, "ann", result={"version": "v1"}), 11))
    assert (done.progress, dict(done.result), dict(done.arguments)) == (1.0, {"version": "v1"}, {"recipe": "ease"})
    failed = job_after(*claimed, (said(2, JobStatus.FAILED, "ann", message="no room"), 11))
    assert (failed.status, failed.message) == (JobStatus.FAILED, "no room")
    assert (
        job_after(REQUESTED, (said(1, JobStatus.CANCELLED), 9), (said(2, JobStatus.CLAIMED, "ann"), 10)).worker == ""
    )


def test_what_nobody_asked_for_is_no_job() -> None:
    assert not board_of([(said(1, JobStatus.CLAIMED, "ann"), 1), (said(2, JobStatus.SUCCEEDED, "ann"), 2)]).jobs
    assert after(None, replace(REQUESTED[0], status="unheard of"), 1) is None
