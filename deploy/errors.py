"""Errors of deploy/: what can go wrong while the embedded stack is started, watched or stopped."""

from schemas.errors import TidelineError


class DeployError(TidelineError):
    """Root of what deploy/ raises. The message names the service, the port or the path and what to do."""


class ArtifactError(DeployError):
    """A server's files could not be fetched or are damaged. Check the network, or name a mirror."""


class DiskFullError(DeployError):
    """The disk has too little room for the stack's files. Free some, or point TIDELINE_STACK_HOME elsewhere."""


class PortTakenError(DeployError):
    """Another process listens on a port of the stack. Stop it, or choose another port."""


class ServiceStartError(DeployError):
    """A server ended, or did not answer in time, while it started. The message ends with its log's last lines."""


class ServiceStopError(DeployError):
    """A server outlived its kill signal. It is stuck in the kernel (a dead disk, mostly); look at the machine."""


class StackBusyError(DeployError):
    """Another `tideline up` or `down` is at work on the same folder. Wait for it to end."""


class StackStateError(DeployError):
    """The stack's state file cannot be read. Look for servers that still run, then delete the file."""


class ContainersUnavailableError(DeployError):
    """TIDELINE_STACK=testcontainers was asked for, but no Docker engine answers. Start one, or unset it."""


class ServiceUnknownError(DeployError):
    """A service was named that this stack does not run. The message lists those that it does."""
