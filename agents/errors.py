"""Errors of agents/."""

from schemas.errors import TidelineError


class AgentsError(TidelineError):
    """Root of what agents/ raises. The message names the agent, the table or the record and what to do."""


class UnknownAgentError(AgentsError):
    """A worker was told to run an agent that there is not. The message lists those that there are."""


class PublicationError(AgentsError):
    """The broker did not confirm what a batch wrote. Nothing of it counts; the batch is done again after a restart."""


class PartitionLostError(AgentsError):
    """The worker may no longer own a partition, and refuses to write rows that its successor would find too old.
    Usual after a long pause of the process; start it again."""


class BadRecordError(AgentsError):
    """A record cannot be processed and the policy is `fail`. Mend or skip it, or let such records be quarantined."""


class SourceLostError(AgentsError):
    """Events were deleted before they were folded. The worker stops; put them back, or decide to do without them by
    committing a later offset for the group."""


class SkippedError(AgentsError):
    """Records were fetched but never handed over to their agent. Start the worker again: it begins where the group has
    committed, before them."""


class ChangelogLostError(AgentsError):
    """A table's changelog was cut, emptied or made anew, so that the table would lack rows. Build the tables anew from
    the events: `tideline rebuild`."""


class PortTakenError(AgentsError):
    """The port for metrics and health cannot be had. Choose another one."""


class StuckError(AgentsError):
    """Records wait and none is done, or none is committed. The worker exits; if its successor sticks
    too, look at the broker's health."""


class WorkerFailedError(AgentsError):
    """The worker cannot go on. The message names the agent and the cause; start it again, it loses nothing."""


class BoundsError(AgentsError):
    """What a rebuild was told of its end means no place in the log. The message quotes it."""


class RebuildError(AgentsError):
    """A rebuild cannot begin or go on. The message says why; what is done so far is kept, and `tideline rebuild` goes
    on from there."""


class GenerationError(AgentsError):
    """A generation is not there, or not in a state for what was asked. `tideline generations list` shows all."""


class NotFoldedError(AgentsError):
    """A generation's tables do not come to where they can be compared: its workers fold nothing. Start them."""


class StoppedError(AgentsError):
    """A command was told to stop before its end. The message says where; give it again."""


class SinkUnavailableError(AgentsError):
    """A store that a sink writes to is not named, away, or refuses. The sink tries again; see that the store is up."""
