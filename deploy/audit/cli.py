"""`tideline audit`."""

from collections.abc import Iterable
from typing import Annotated, Final

import numpy as np
import orjson
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from agents.settings import WorkerSettings
from agents.state.refold import SUBJECTS, Log
from deploy.audit.errors import AuditError
from deploy.replay.decisions import read_decisions
from schemas.decision_records import Decision
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from topics.catalog import DECISIONS
from topics.reader import LogReader
from topics.settings import KafkaSettings

_SHOWN: Final = 20


def audit(
    sample: Annotated[int, typer.Option(min=1, help="Decisions to check; of more, a random sample.")] = 1000,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Compute the features of recorded decisions again from the log, and compare them with what the ranker read.

    Every row is folded again up to the position that the decision read it at; what channels said is taken from the
    record. Exit codes: 0 all are the same, 1 some differ or there is nothing to check.
    """
    from deploy.audit.again import collect
    from deploy.audit.auditor import AGENTS, Auditor, Mismatch, owners
    from deploy.replay.tables import FoldedTables
    from deploy.replay.world import replay_world

    console = Console(stderr=json)
    reader = LogReader(KafkaSettings())
    codecs = load_codecs(Registry(RegistrySettings()), {**SUBJECTS, DECISIONS.subject: DECISIONS.record})
    with console.status("reading decisions"):
        found = _sampled(read_decisions(reader, codecs, tenant), sample, seed)
    if not found:
        raise AuditError("no decision in the log has features; release a model for the configured ranker, and serve")
    log = Log(reader, codecs, WorkerSettings())
    events = {}
    with console.status("reading the events of the rows that were read"):
        for table, keys in owners(found).items():
            events[table] = collect(log, AGENTS[table], keys)
    wrong: list[Mismatch] = []
    with replay_world(FoldedTables()) as world:
        auditor = Auditor(world, events)
        for decision in track(found, "checking", console=console, transient=True, disable=not console.is_terminal):
            wrong += auditor.mismatches(decision)
    if wrong:
        grid = Table("request", "item", "feature", "logged", "again")
        for each in wrong[:_SHOWN]:
            grid.add_row(each.request_id, each.item, each.feature, f"{each.logged:.7g}", f"{each.again:.7g}")
        console.print(grid)
    console.print(f"{len(found):,} decisions checked, {len(wrong):,} features differ", highlight=False)
    if json:
        typer.echo(orjson.dumps({"checked": len(found), "mismatches": len(wrong)}).decode())
    if wrong:
        raise typer.Exit(1)


def _sampled(found: Iterable[Decision], sample: int, seed: int) -> list[Decision]:
    """Return a uniform sample of the decisions that have features, by a reservoir: memory is that of the sample."""
    draw = np.random.default_rng(seed)
    held: list[Decision] = []
    met = 0
    for decision in found:
        if not decision.features:
            continue
        met += 1
        if len(held) < sample:
            held.append(decision)
        elif (at := int(draw.integers(met))) < sample:
            held[at] = decision
    return sorted(held, key=lambda each: (each.served_at, each.request_id))
