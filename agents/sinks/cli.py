"""`tideline sink`."""

import logging
from contextlib import closing, nullcontext
from typing import Annotated

import typer

from agents.errors import SinkUnavailableError
from agents.runtime.endpoint import endpoint
from agents.runtime.health import Health
from agents.settings import WorkerSettings
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.reader import LogReader
from topics.settings import KafkaSettings
from topics.stopping import stopping
from topics.vector_store import MilvusSettings
from topics.vectors import SUBJECTS

app = typer.Typer(no_args_is_help=True, help="Write what the log says to stores that others read.")

_RETRY_S = 2.0


@app.callback()
def sinks() -> None:
    """Write what the log says to stores that others read."""


@app.command()
def milvus(
    uri: Annotated[str | None, typer.Option(help="Address of Milvus; else TIDELINE_MILVUS_URI.")] = None,
    metrics_port: Annotated[int, typer.Option(help="Port of /metrics and /health on loopback; 0 for none.")] = 0,
) -> None:
    """Write the vectors of items and users to Milvus, for as long as it runs.

    Each version of a model has a collection of its own; an alias leads to it once all of its vectors are there, and
    the version before it stays for a rollback. What Milvus holds says where to go on, so an empty one is filled from
    the beginning. Run one of it. SIGTERM and Ctrl-C end it in good order.
    """
    from agents.sinks.collections import Collections  # pymilvus takes seconds, which --help need not wait for
    from agents.sinks.vectors import VectorSink

    settings = MilvusSettings(**({} if uri is None else {"uri": uri}))  # type: ignore[arg-type]
    if settings.uri is None:
        raise SinkUnavailableError("no Milvus is named: set TIDELINE_MILVUS_URI, or give --uri")
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs each error twice; ours say what matters
    codecs = load_codecs(Registry(RegistrySettings()), SUBJECTS)
    worker = WorkerSettings()
    health = Health(worker.stuck_after_s / 2, worker.letter_share)
    told = endpoint(metrics_port, health) if metrics_port else nullcontext()
    with stopping() as stop, told, closing(Collections(settings)) as collections:
        VectorSink(LogReader(KafkaSettings()), codecs, collections).follow(stop, _RETRY_S)
