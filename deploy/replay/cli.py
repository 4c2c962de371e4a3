"""`tideline examples`."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer
from rich.console import Console

from deploy.replay.decisions import tenant_decisions
from deploy.replay.options import Open, Window
from schemas.loading import load_codecs
from schemas.model_records import TrainingExample
from schemas.records import BehaviorEvent
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from serving.config_file import ServingConfig
from topics.catalog import BEHAVIOR, EXAMPLES
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.settings import KafkaSettings

_LISTS_AT_ONCE: Final = 100

app = typer.Typer(no_args_is_help=True, help="Examples that ranking models learn from.")


@app.command()
def history(
    out: Annotated[Path, typer.Option(help="File to write (.arrow).")],
    tenant: Annotated[str, typer.Option(help="Whose behaviour.")] = "demo",
    scenario: Annotated[str, typer.Option(help="In which scenario lists are made.")] = "default",
    levels: Annotated[int, typer.Option(min=1, help="How often each user's latest share is cut off.")] = 4,
    share: Annotated[float, typer.Option(min=0.01, max=0.9, help="Share of a user's events that is cut off.")] = 0.1,
    config: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Serving configuration (TOML).")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the recall models.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Make examples of an imported history, of which nothing was served by Tideline.

    The log is folded up to each user's cut, recall models are fitted on what was before it, and the pipeline recalls:
    what the user took next is positive, whatever else was recalled is taken for negative. All features are computed.
    """
    from deploy.replay.examples import HEADS, HistorySettings, history_examples  # imports scipy and implicit
    from training.behavior_log import TenantEvents, read_catalogue
    from training.example_files import ExampleWriter

    check_tenant(tenant)
    console = Console(stderr=json)
    with console.status("reading the log") as status:
        log: TenantEvents[BehaviorEvent] = TenantEvents.connect(BEHAVIOR, tenant)
        events, catalogue = list(log), read_catalogue(tenant)
        settings = HistorySettings(tenant, scenario, levels=levels, share=share, seed=seed)
        served = ServingConfig.load(config).of(tenant, scenario)
        examples = history_examples(events, catalogue, served, settings, status.update)
        with ExampleWriter(out, examples.features, HEADS) as writer:
            for part in examples.parts():
                writer.write(part)
    told: dict[str, int | str] = {
        "examples": len(examples),
        "lists": len(examples.starts) - 1,
        "refused_events": log.refused,
    }
    told |= {"positives": int(examples.labels[:, 0].sum()), "file": str(out)}
    if json:
        typer.echo(orjson.dumps(told).decode())
    else:
        console.print(
            f"{told['examples']:,} examples in {told['lists']:,} lists, {told['positives']:,} of them liked: {out}",
            highlight=False,
        )


@app.command()
def served(
    out: Annotated[Path, typer.Option(help="File to write (.arrow).")],
    tenant: Annotated[str, typer.Option(help="Whose lists.")] = "demo",
    window_hours: Window = 24.0,
    open_too: Open = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Make examples of what was served: decision records, joined with what users did.

    Features are those that the ranker read when it served. An item below the last one that was acted on is left out:
    it may never have been seen. Lists of another set of features than the latest one are left out, and counted.
    """
    from training.behavior_log import TenantEvents
    from training.example_files import ExampleWriter
    from training.served import Served, served_examples

    check_tenant(tenant)
    console = Console(stderr=json)
    window_ms = round(window_hours * 3_600_000)
    with console.status("reading the log"):
        log: TenantEvents[BehaviorEvent] = TenantEvents.connect(BEHAVIOR, tenant)
        events = list(log)
        decisions = [each for each in tenant_decisions(tenant) if each.features]
    latest = max((event.event_time for event in events), default=0)
    closed = [each for each in decisions if open_too or each.as_of + window_ms <= latest]
    names = max(closed, key=lambda each: each.served_at).features if closed else []
    lists = [Served.of(each) for each in closed if each.features == names]
    examples = served_examples(lists, events, names, window_ms)
    with ExampleWriter(out, examples.features, examples.heads) as writer:
        for part in examples.parts():
            writer.write(part)
    told: dict[str, int | str] = {"examples": len(examples), "lists": len(examples.starts) - 1, "file": str(out)}
    told |= {"open": len(decisions) - len(closed), "other_features": len(closed) - len(lists)}
    told |= {"refused_events": log.refused}
    if json:
        typer.echo(orjson.dumps(told).decode())
    else:
        console.print(
            f"{told['examples']:,} examples in {told['lists']:,} lists: {out}; {told['open']:,} lists are still open, "
            f"{told['other_features']:,} have other features",
            highlight=False,
        )


@app.command()
def publish(
    tenant: Annotated[str, typer.Option(help="Whose lists.")] = "demo",
    window_hours: Window = 24.0,
    open_too: Open = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Write what was served, joined with what users did, to training.example.v1; safe to repeat.

    Decisions are read in a stream; held in memory are the acts that name a list. What is written again for a list, as
    outcomes come late, replaces what was said before.
    """
    from training.behavior_log import TenantEvents
    from training.example_log import SUBJECTS, ExampleLog, example_of
    from training.served import Outcomes

    check_tenant(tenant)
    console = Console(stderr=json)
    window_ms = round(window_hours * 3_600_000)
    kafka = KafkaSettings()
    log = ExampleLog(LogReader(kafka), load_codecs(Registry(RegistrySettings()), SUBJECTS))
    with console.status("reading what users did") as status:
        events: TenantEvents[BehaviorEvent] = TenantEvents.connect(BEHAVIOR, tenant)
        outcomes = Outcomes(events, window_ms)
        status.update("joining")
        decisions = (each for each in tenant_decisions(tenant) if open_too or outcomes.closed(each.as_of))
        made = (example_of(each, outcomes, window_ms) for each in decisions)
        with LogProducer(kafka) as producer:
            count = log.write(producer, (example for example in made if example is not None))
    if json:
        typer.echo(orjson.dumps({"lists": count, "refused_events": events.refused}).decode())
    else:
        console.print(f"{count:,} lists with outcomes are in {EXAMPLES.name}", highlight=False)


@app.command()
def published(
    out: Annotated[Path, typer.Option(help="File to write (.arrow).")],
    tenant: Annotated[str, typer.Option(help="Whose lists.")] = "demo",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Write the examples of training.example.v1 to a file that training reads; in a stream.

    Lists of another set of features than the latest one are left out, and counted.
    """
    from training.example_files import ExampleWriter
    from training.example_log import SUBJECTS, ExampleLog, parts_of
    from training.examples import HEADS, joined

    check_tenant(tenant)
    console = Console(stderr=json)
    log = ExampleLog(LogReader(KafkaSettings()), load_codecs(Registry(RegistrySettings()), SUBJECTS))
    latest = max(log.read(tenant), key=lambda example: (example.as_of, example.request_id), default=None)
    features, heads = (latest.features, latest.heads) if latest else ([], list(HEADS))
    lists = examples = found = 0

    def own() -> Iterator[TrainingExample]:
        nonlocal found
        for example in log.read(tenant):
            found += 1
            if (example.features, example.heads) == (features, heads):
                yield example

    with console.status("writing"), ExampleWriter(out, features, heads) as writer:
        parts = parts_of(own())
        while some := list(islice(parts, _LISTS_AT_ONCE)):
            writer.write(joined(some))
            lists, examples = lists + len(some), examples + sum(map(len, some))
    others = found - lists
    told = {"lists": lists, "examples": examples, "other_features": others, "file": str(out)}
    if json:
        typer.echo(orjson.dumps(told).decode())
    else:
        console.print(
            f"{examples:,} examples in {lists:,} lists: {out}; {others:,} have other features", highlight=False
        )
