"""Errors of serving/. `interceptors/errors.py` maps each to one gRPC status, in one table."""

from schemas.errors import TidelineError


class ServingError(TidelineError):
    """Root of what serving/ raises. The message names the request's field, the stage or the view and what to do."""


class UnknownTenantError(ServingError):
    """Nothing of this tenant was ever folded. Check the name; a new tenant begins with its first item event."""


class InvalidConfigError(ServingError):
    """The configuration holds what it must not. The message gives the path of the value; nothing of it is used."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class UnknownComponentError(InvalidConfigError):
    """The configuration names a channel, ranker or rule that does not exist. The message lists those that do."""


class NotReadyError(ServingError):
    """The views have not reached the end of their changelogs yet. Wait for health to say SERVING."""


class BehindError(NotReadyError):
    """The tables do not hold yet what the answer has to be made from. Ask again shortly; a worker folds them."""


class UnknownDecisionError(ServingError):
    """There is no such record of a decision. It may not be written yet, or the scenario may not be recorded."""


class ViewError(ServingError):
    """A view cannot follow its changelog. The message says where it stands; restart the process to build it anew."""


class WrongModelError(ServingError):
    """A model was released under a name whose component cannot use its kind. Release another one under that name."""

    def __init__(self, tenant: str, name: str, kind: str, use: str) -> None:
        super().__init__(
            f"model {name} of tenant {tenant} is of kind {kind}, which {use} nothing; release another one"
        )


class GenerationError(ServingError):
    """A generation of tables may not serve. The message says what it lacks and which command gives it that."""


class OverloadedError(ServingError):
    """The process has more to do than it can in time, and refuses early. Retry with backoff or add a process."""


class DeadlineError(ServingError):
    """The answer was not ready in time. Retry, give the call more time, or look for the slow stage in the metrics."""


class PortTakenError(ServingError):
    """The process cannot listen where it should. End what listens there, or choose another port."""


class CallError(ServingError):
    """A server refused a call or was not there. The message gives its status and reason; `tideline serve` runs one."""


class VersionConflictError(ServingError):
    """What is to be changed is not as its writer believes. Read it again, and decide anew."""
