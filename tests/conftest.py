"""Fixtures that every folder's tests share."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import Phase, settings

from deploy.local.open import open_stack
from deploy.local.settings import StackSettings
from deploy.local.stack import Stack

# pytest-xdist tells its processes the terminal's width; a console that is made at import would keep to it for ever.
os.environ.pop("COLUMNS", None)

# No deadline: how long an example takes says more of what else the machine does than of the code. Other examples each
# time, in CI too, where Hypothesis would draw the same ones for ever.
COMMON = settings(deadline=None, derandomize=False, print_blob=True)
# Shrinking a failure takes longer than all examples, and tests that a wrong fold must fail would do it every time: the
# blob that is printed shrinks it with HYPOTHESIS_PROFILE=thorough.
settings.register_profile("quick", COMMON, max_examples=25, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.register_profile("thorough", COMMON, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(autouse=True)
def own_log_handlers() -> Iterator[None]:
    """Give every test the log handlers of before it: those that a command sets up write to its own test's streams.

    These are closed then, and each line that a later test logs would be a traceback, longer than some deadlines there.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Kafka and a schema registry of this test session's own, started when the first test asks for them.

    TIDELINE_STACK=testcontainers runs them in containers instead of child processes.
    """
    async with open_stack(StackSettings.disposable()) as running:
        yield running
