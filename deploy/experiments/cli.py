"""`tideline experiments`."""

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from deploy.replay.options import Open, Window
from schemas.errors import InvalidFieldError
from schemas.loading import load_codecs
from schemas.records import BehaviorEvent
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from topics.catalog import BEHAVIOR
from topics.reader import LogReader
from topics.settings import KafkaSettings

app = typer.Typer(no_args_is_help=True, help="Experiments: what came of the lists of each arm.")


@app.callback()
def experiments() -> None:
    """Keep `report` a command of the group, where it is the only one."""


@app.command()
def report(
    name: Annotated[str, typer.Argument(help="Name of the experiment: NAME of the component experiment.NAME.")],
    tenant: Annotated[str, typer.Option(help="Whose experiment.")] = "demo",
    version: Annotated[
        int | None,
        typer.Option(min=1, help="Lists made under this version; by default the newest that has any."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Arm that the others are compared with; by default the first.")
    ] = None,
    window_hours: Window = 24.0,
    open_too: Open = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Compare the arms of an experiment: recorded lists, joined with what users did.

    Rates are by list, intervals the bootstrap's over users. Users who are not shared out among the arms as meant are
    told, as then no figure can be trusted. Exit codes: 0 reported, 1 there is nothing to report on.
    """
    from deploy.experiments.errors import NothingServedError
    from deploy.experiments.report import as_json, show
    from deploy.experiments.report import report as reported
    from deploy.experiments.tally import tally
    from deploy.replay.decisions import tenant_decisions
    from training.behavior_log import TenantEvents
    from training.served import Outcomes

    check_tenant(tenant)
    console = Console(stderr=json)
    with console.status("reading what users did") as status:
        events: TenantEvents[BehaviorEvent] = TenantEvents.connect(BEHAVIOR, tenant)
        outcomes = Outcomes(events, round(window_hours * 3_600_000))
        status.update("reading lists")
        found = tally(tenant_decisions(tenant), outcomes, name, open_too=open_too)
        reported_on = version if version is not None else max(found, default=0)
        if reported_on not in found or not found[reported_on].arms:
            raise NothingServedError(f"tenant {tenant} has no closed list of experiment {name} to report on")
        status.update("reading the design")
        shares = _shares(tenant, name, reported_on)
        arms = shares.keys() | found[reported_on].arms.keys()
        if against is not None and against not in arms:
            raise InvalidFieldError("--against", f"must be one of {', '.join(sorted(arms))}, not {against}")
        status.update("computing intervals")
        made = reported(name, reported_on, found[reported_on], shares, against)
    if json:
        typer.echo(as_json(made).decode())
    else:
        show(console, made)


def _shares(tenant: str, name: str, version: int) -> Mapping[str, float]:
    """Return each arm's share of the users under that version; nothing where the log does not say."""
    from serving.configuration.assembly import PATH, parsed
    from serving.configuration.components import EXPERIMENT, Component
    from serving.configuration.experiments import Experiment
    from topics.configs import SUBJECTS, Configs

    with Registry(RegistrySettings()) as registry:
        configs = Configs(LogReader(KafkaSettings()), load_codecs(registry, SUBJECTS))
    written = configs.ledger().of(tenant).get(Component(EXPERIMENT, name).text, ())
    for change in written:
        if change.version == version:
            return Experiment.of(tenant, name, version, parsed(change.json), PATH).shares
    return {}
