"""`tideline counterfactual`."""

from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from serving.config_file import ServingConfig
from serving.settings import ServingSettings
from topics.moments import now_ms, parse_moment
from topics.reader import LogReader
from topics.settings import KafkaSettings

_DAY_MS: Final = 86_400_000


def counterfactual(
    config: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The other configuration (TOML).")],
    since: Annotated[str | None, typer.Option("--from", help="Lists served from this time; a day ago.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="To before this time; now.")] = None,
    tenant: Annotated[str, typer.Option(help="Whose lists.")] = "demo",
    base: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="What they were made under; TIDELINE_SERVING_CONFIG."),
    ] = None,
    k: Annotated[int, typer.Option(min=1, max=500, help="Overlap is of the first so many.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Say what another configuration would have shown for requests that were recorded.

    Weights and limits of channels, fewer channels, the rankers `score` and `random`, and rules are run again from the
    records; what they do not hold is named: channels that were not asked, items beyond a limit, seen items. Another
    model is refused, for it needs features of all candidates. Times are ISO 8601, or milliseconds since 1970.
    Exit codes: 0 told, 1 nothing can be told.
    """
    from deploy.counterfactual.past import SUBJECTS, catalogue_of, decisions_of  # imports scipy
    from deploy.counterfactual.study import study

    check_tenant(tenant)
    end = now_ms() if until is None else _moment(until, "--to")
    start = end - _DAY_MS if since is None else _moment(since, "--from")
    if start >= end:
        raise typer.BadParameter("must lie before --to", param_hint="--from")
    was, would = ServingConfig.load(base or ServingSettings().config), ServingConfig.load(config)
    console = Console(stderr=json)
    reader, codecs = LogReader(KafkaSettings()), load_codecs(Registry(RegistrySettings()), SUBJECTS)
    with console.status("reading the catalogue"):
        catalogue = catalogue_of(reader, codecs, tenant)
    with _bar(console) as bar:
        task = bar.add_task("decisions", total=None)
        decisions = decisions_of(
            reader, codecs, tenant, start, end, lambda done, total: bar.update(task, completed=done, total=total)
        )
        found = study(decisions, catalogue, was, would, k)
    _show(console, found)
    if json:
        typer.echo(orjson.dumps({"tenant": tenant, "from": start, "to": end, **found}).decode())


def _moment(text: str, option: str) -> int:
    try:
        return parse_moment(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither ISO 8601 nor milliseconds", param_hint=option) from None


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _show(console: Console, found: dict[str, Any]) -> None:
    grid = Table(
        "scenario", "lists", "changed", f"overlap@{found['k']}", "rank correlation", "coverage", "categories",
        "authors", "violations", "reproduced",
    )  # fmt: skip
    for scenario, told in {**found["scenarios"], "all": found["total"]}.items():
        before, after = told["before"], told["after"]
        tau = told["rank_correlation"]
        grid.add_row(
            scenario,
            f"{told['lists']:,}",
            f"{told['changed']:.1%}",
            f"{told['overlap']:.3f}",
            "" if tau is None else f"{tau:.3f}",
            *(
                f"{before[name]:{form}} to {after[name]:{form}}"
                for name, form in (
                    ("coverage", ".1%"),
                    ("categories_per_item", ".2f"),
                    ("authors_per_item", ".2f"),
                    ("violations", ","),
                )
            ),
            f"{told['reproduced']:.1%}",
        )
    console.print(grid)
    for note, lists in found["unknown"].items():
        console.print(f"not known, of {lists:,} lists: {note}", highlight=False, markup=False)
    console.print(found["caveat"], highlight=False)
