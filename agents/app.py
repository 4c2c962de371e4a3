"""The Faust app of a worker, built from settings."""

from collections.abc import Awaitable, Callable
from typing import Any

import faust
from faust.types.auth import CredentialsT
from yarl import URL

from agents.roster import chosen
from agents.runtime.agent import Agent
from agents.runtime.transport import BatchTransport
from agents.settings import WorkerSettings
from topics.generation import Generation
from topics.settings import KafkaSettings

Deliver = Callable[[Agent[Any], Any], Awaitable[None]]
"""Takes an agent and a Faust event whose value is a Batch."""


def build_app(kafka: KafkaSettings, settings: WorkerSettings, deliver: Deliver) -> faust.App:
    """Return the app: one Faust agent for each chosen one of ours, which hands every batch to `deliver`.

    Faust does membership, assignment, fetching and commits. It keeps no table of ours, declares no topic and
    elects no leader.
    """
    generation = Generation(settings.generation)
    session_s = settings.session_timeout_s
    app = faust.App(
        generation.group(settings.group),
        broker=[URL(f"kafka://{server}") for server in kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(kafka),
        store="memory://",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        broker_max_poll_records=settings.fetch_records,
        consumer_max_fetch_size=settings.fetch_bytes,
        broker_commit_interval=settings.commit_interval_s,
        broker_session_timeout=session_s,
        broker_heartbeat_interval=session_s / 5,
        broker_rebalance_timeout=session_s * 2,
        # A buffered event is a whole batch here: the default of 4096 would hold the topic in memory.
        stream_buffer_maxsize=2,
        # The runners finish what they have in hand themselves, and within a bound (Runner.stop).
        stream_wait_empty=False,
    )
    app.transport = BatchTransport(app.conf.broker_consumer, app)
    for agent in chosen(settings.agents):
        _attach(app, agent, generation.name(agent.source), deliver)
    return app


def _attach(app: faust.App, agent: Agent[Any], source: str, deliver: Deliver) -> None:
    topic = app.topic(source, key_serializer="raw", value_serializer="raw")

    async def hand_over(stream: Any) -> None:
        # Without automatic acknowledgement: the runner acknowledges a batch when it is confirmed.
        async for event in stream.noack().events():
            await deliver(agent, event)

    app.agent(topic, name=agent.name, concurrency=1)(hand_over)


def _credentials(kafka: KafkaSettings) -> CredentialsT | None:
    options = kafka.aiokafka_options()
    context = options.get("ssl_context")
    if "sasl_mechanism" in options:
        return faust.SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if context is not None else None
