"""Fixtures that every folder's tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from deploy.local.open import open_stack
from deploy.local.settings import StackSettings
from deploy.local.stack import Stack

# No deadline: how long an example takes says more of what else the machine does than of the code.
settings.register_profile("tideline", deadline=None)
settings.load_profile("tideline")


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """Kafka and a schema registry of this test session's own, started when the first test asks for them.

    TIDELINE_STACK=testcontainers runs them in containers instead of child processes.
    """
    async with open_stack(StackSettings.disposable()) as running:
        yield running
