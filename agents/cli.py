"""`tideline worker`."""

import asyncio
import logging
import signal
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from agents.roster import AGENTS
from agents.runtime.endpoint import endpoint
from agents.runtime.health import Health
from agents.runtime.interpreter import calm_collector, share_memory, yield_soon
from agents.runtime.slot import claim_slot
from agents.settings import WorkerSettings
from agents.worker import Worker
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.catalog import ACCEPTED, dead_letters
from topics.generation import Generation
from topics.settings import KafkaSettings
from topics.topic import Topic

log = logging.getLogger(__name__)


def worker(
    state_dir: Annotated[Path | None, typer.Option(help="Where rows are kept between starts.")] = None,
    group: Annotated[str | None, typer.Option(help="Consumer group; workers of one group share the work.")] = None,
    agent: Annotated[
        list[str] | None, typer.Option(help="Run only this agent; may be given again. All workers of a group alike.")
    ] = None,
    generation: Annotated[int | None, typer.Option(help="Generation of tables to keep current.")] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Port of /metrics and /health on loopback; 0 for none.")
    ] = None,
) -> None:
    """Fold the event topics into the tables, sharing the partitions with the other workers of the group.

    Everything else is set by TIDELINE_WORKER_*, TIDELINE_KAFKA_* and TIDELINE_REGISTRY_*. SIGTERM and Ctrl-C finish
    what is in hand, commit and exit with 0; a worker that cannot go on exits with 1 and is to be started again.
    """
    given = {
        "state_dir": state_dir,
        "group": group,
        "agents": agent or None,
        "generation": generation,
        "metrics_port": metrics_port,
    }
    share_memory()
    settings = WorkerSettings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    health = Health(settings.stuck_after_s / 2, settings.letter_share)
    # Faust tells of every partition and rebalance at INFO; our own lines say what matters.
    for noisy in ("faust", "mode", "aiokafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    with endpoint(settings.metrics_port, health) if settings.metrics_port else nullcontext():
        uvloop.run(_work(KafkaSettings(), RegistrySettings(), settings, health))


async def _work(kafka: KafkaSettings, registry: RegistrySettings, settings: WorkerSettings, health: Health) -> None:
    codecs = load_codecs(Registry(registry), {topic.subject: topic.record for topic in _topics()})
    with claim_slot(Generation(settings.generation).folder(settings.state_dir)) as folder:
        member = Worker(kafka, settings, codecs, folder, health)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, member.stop)
        calm_collector()
        yield_soon()
        log.info("worker of group %s, rows in %s", settings.group, folder)
        await member.run()
        log.info("worker stopped")


def _topics() -> list[Topic]:
    """Return every topic whose values a worker reads or writes."""
    sources = [agent.source for agent in AGENTS]
    changelogs = [table.changelog for agent in AGENTS for table in agent.tables]
    return [*sources, ACCEPTED, *(dead_letters(topic) for topic in sources), *changelogs]
