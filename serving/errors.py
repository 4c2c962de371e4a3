"""Errors of serving/. `interceptors/errors.py` maps each to one gRPC status, in one table."""

from schemas.errors import TidelineError


class ServingError(TidelineError):
    """Root of what serving/ raises. The message names the request's field, the stage or the view and what to do."""


class UnknownTenantError(ServingError):
    """Nothing of this tenant was ever folded. Check the name; a new tenant begins with its first item event."""


class UnauthenticatedError(ServingError):
    """The call shows no key, or one that is not good (any more). Send a good one as `authorization: Bearer <key>`."""


class PermissionDeniedError(ServingError):
    """Whoever calls may not do that, or not for that tenant. Call with a key of the tenant, or as an operator."""


class TooManyKeysError(ServingError):
    """The tenant has as many good keys as it may. Wait until some have ended, or rotate with no grace."""


class InvalidConfigError(ServingError):
    """The configuration holds what it must not. The message gives the path of the value; nothing of it is used."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class UnknownComponentError(InvalidConfigError):
    """The configuration names a channel, ranker or rule that does not exist. The message lists those that do."""


class NotReadyError(ServingError):
    """The views have not reached the end of their changelogs yet. Wait for health to say SERVING."""


class UnknownDecisionError(ServingError):
    """There is no such record of a decision. It may not be written yet, or the scenario may not be recorded."""


class ViewError(ServingError):
    """A view cannot follow its changelog. The message says where it stands; restart the process to build it anew."""


class ProposalError(ServingError):
    """A channel proposed what is no proposal. The message says why; look at the model or index that it reads."""


class WrongModelError(ServingError):
    """A model was released under a name whose component cannot use its kind. Release another one under that name."""

    def __init__(self, tenant: str, name: str, kind: str, use: str) -> None:
        super().__init__(
            f"model {name} of tenant {tenant} is of kind {kind}, which {use} nothing; release another one"
        )


class UnknownModelError(ServingError):
    """No model of that name is loaded for the tenant. Release one, or look in the log why it was refused."""

    def __init__(self, tenant: str, name: str) -> None:
        super().__init__(f"no model {name} of tenant {tenant} is loaded here; ModelService/ListModels tells which are")


class NoVectorError(ServingError):
    """There is no vector: the item is not available, or the model can say nothing of the item or user."""


class NoIndexError(ServingError):
    """No index of vectors is configured. Set TIDELINE_MILVUS_URI, or search among the model's items."""


class IndexUnavailableError(ServingError):
    """The index of vectors is away, or lacks those of the version that answers. Lists are made without it, and say
    so; look whether Milvus and `tideline sink milvus` run."""


class GenerationError(ServingError):
    """A generation of tables may not serve. The message says what it lacks and which command gives it that."""


class OverloadedError(ServingError):
    """The process has more to do than it can in time, and refuses early. Retry with backoff or add a process."""


class LimitedError(OverloadedError):
    """The tenant asks for more than it may. Ask again after the time that the refusal names."""

    def __init__(self, why: str, retry_after_s: float) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class DeadlineError(ServingError):
    """The answer was not ready in time. Retry, give the call more time, or look for the slow stage in the metrics."""


class PortTakenError(ServingError):
    """The process cannot listen where it should. End what listens there, or choose another port."""


class CallError(ServingError):
    """A server refused a call or was not there. The message gives its status and reason; `tideline serve` runs one."""


class UnknownItemError(ServingError):
    """There is no such item, or it was deleted. Check its id; one just created is there for a read with `at_least`."""


class AlreadyExistsError(ServingError):
    """What is to be created is there already. Change it instead, or choose another id."""


class ContractError(ServingError):
    """A change of the gRPC contract breaks those who use it. Keep what was released, and add beside it."""

    def __init__(self, breaks: list[str]) -> None:
        super().__init__("; ".join(breaks))
        self.breaks = breaks


class VersionConflictError(ServingError):
    """What is to be changed is not as its writer believes. Read it again, and decide anew."""


class UnknownVersionError(ServingError):
    """The configuration never had that version. `tideline config history` shows those that it had."""
