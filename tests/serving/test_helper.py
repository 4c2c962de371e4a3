"""The helper: whoever runs a task, it is run once, in order, and whoever waits for it goes on."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from serving.helper import Helper
from training.features.compiled import only_read
from training.features.native import Native, Task, array, native, told


@native("int64[::1]", only_read("int64"))
def add(address: int) -> None:
    argument = told(address, 2)
    array(argument, 0, np.int64)[0] += array(argument, 1, np.int64)[0]


@native("int64[::1]", only_read("int64"))
def multiply(address: int) -> None:
    argument = told(address, 2)
    array(argument, 0, np.int64)[0] *= array(argument, 1, np.int64)[0]


def task(function: Native, number: NDArray[np.int64], by: int) -> Task:
    return function.task(number, np.array([by], np.int64))


def counted(helper: Helper, jobs: int) -> list[int]:
    """Return (0 + place) * 3 for each job's place, computed by the jobs."""
    cells = [np.zeros(1, np.int64) for _ in range(jobs)]
    begun = [helper.begin(task(add, cell, place), task(multiply, cell, 3)) for place, cell in enumerate(cells)]
    for job in begun:
        job.finish()
    return [int(cell[0]) for cell in cells]


@given(st.integers(0, 40), st.booleans())
def test_every_job_is_done_once_and_in_order(jobs: int, idle: bool) -> None:
    with Helper(idle) as helper:
        assert counted(helper, jobs) == [3 * place for place in range(jobs)]


def test_without_a_thread_or_after_it_has_ended_whoever_asks_does_it() -> None:
    helper = Helper()
    assert counted(helper, 3) == [0, 3, 6]
    with helper:
        cell = np.zeros(1, np.int64)
        left = helper.begin(task(add, cell, 2), task(multiply, cell, 3))
    left.finish()
    assert cell[0] == 6
    assert counted(helper, 3) == [0, 3, 6]


def test_threads_may_share_it() -> None:
    with Helper() as helper, ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: counted(helper, 20), range(200)))
    assert found == [[3 * place for place in range(20)]] * 200


def test_its_thread_does_what_nobody_comes_for_yet() -> None:
    with Helper() as helper:
        cell, done = np.zeros(1, np.int64), threading.Event()
        job = helper.begin(task(add, cell, 2), task(multiply, cell, 3))
        for _ in range(1000):
            if cell[0] == 6:
                break
            done.wait(0.01)
        assert cell[0] == 6
        job.finish()
        assert cell[0] == 6


def test_where_the_system_has_no_such_semaphores_it_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with Helper() as helper:
        assert counted(helper, 2) == [0, 3]
    assert "no helper on darwin" in caplog.text
