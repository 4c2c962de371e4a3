"""Choose the stack that the settings ask for."""

from __future__ import annotations

from deploy.errors import ContainersUnavailableError
from deploy.local.progress import Progress
from deploy.local.settings import Backend, StackSettings
from deploy.local.stack import LocalStack, Stack


def open_stack(settings: StackSettings, progress: Progress | None = None) -> Stack:
    """Return the stack, not started yet: `async with open_stack(settings) as stack`.

    Args:
        settings: what to run, and in what (`settings.backend`).
        progress: told of each step; containers have none to tell.

    Raises:
        ContainersUnavailableError: containers were asked for, but testcontainers is not installed.
    """
    if settings.backend is Backend.LOCAL:
        return LocalStack(settings, progress)
    try:
        from deploy.local.containers import ContainerStack
    except ImportError as error:
        raise ContainersUnavailableError(
            "TIDELINE_STACK=testcontainers needs the package testcontainers: install tideline[dev], or unset it"
        ) from error
    return ContainerStack(settings)
