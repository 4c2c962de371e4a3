"""`tideline why`."""

from dataclasses import asdict
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from deploy.audit.errors import UnknownRequestError
from deploy.replay.decisions import tenant_decisions
from schemas.records import Decision
from schemas.tenancy import check_tenant
from serving.bff.explain import Explanation, explain
from topics.moments import show_moment


def why(
    request: Annotated[str, typer.Argument(help="Id of the answer: the response and the events that follow name it.")],
    item: Annotated[str | None, typer.Option(help="Explain this item, whether it was shown or not.")] = None,
    tenant: Annotated[str, typer.Option(help="Whose answer.")] = "demo",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Say why a list was as it was: which channels proposed an item, how it was ranked, and what took it out.

    By the record of the decision, recommendation.served.v1. Exit codes: 0 explained, 1 there is no such record of the
    tenant: it may not have been written yet, or the scenario is not recorded.
    """
    check_tenant(tenant)
    console = Console(stderr=json)
    with console.status("reading decisions"):
        decision = next(tenant_decisions(tenant, request), None)
    if decision is None:
        raise UnknownRequestError(f"tenant {tenant} has no recorded decision {request}")
    explained = [explain(decision, each) for each in ([item] if item else decision.items)]
    if json:
        told = {"request": request, "user": decision.user_id, "scenario": decision.scenario, "as_of": decision.as_of}
        told |= {"ranker": decision.ranker, "model_version": decision.model_version, "missing": decision.missing}
        told |= {"config": decision.config, "arms": decision.arms}
        items = [{**asdict(each), "told": each.told} for each in explained]
        typer.echo(orjson.dumps({**told, "items": items}).decode())
        return
    console.print(_title(decision), highlight=False, markup=False)
    console.print(_one(explained[0]) if item else _all(explained))


def _title(decision: Decision) -> str:
    by = f"{decision.ranker} {decision.model_version}".strip()
    lacking = f"; missing: {', '.join(decision.missing)}" if decision.missing else ""
    arms = "".join(f"; arm {arm} of {name}" for name, arm in decision.arms.items())
    under = f"; configured by {decision.config}" if decision.config else ""
    return (
        f"for {decision.user_id} in {decision.scenario}, as of {show_moment(decision.as_of)}: "
        f"{len(decision.candidates)} candidates of {', '.join(decision.channels)}, ranked by {by}"
        f"{under}{arms}{lacking}"
    )


def _all(explained: list[Explanation]) -> Table:
    grid = Table("#", "item", "score", "ranked", "merged", "channels (rank)")
    for each in explained:
        channels = ", ".join(f"{by.channel} ({by.rank})" for by in each.channels)
        score = "" if each.score is None else f"{each.score:.4f}"
        grid.add_row(str(each.position), each.item, score, str(each.rank or ""), str(each.merged_rank or ""), channels)
    return grid


def _one(explained: Explanation) -> Table:
    grid = Table("what", "value", title=f"{explained.item}: {explained.told}", show_lines=True)
    for by in explained.channels:
        grid.add_row(f"channel {by.channel}", f"score {by.score:.4f}, rank {by.rank}")
    if explained.merged_rank:
        grid.add_row("merged", f"rank {explained.merged_rank}")
    if explained.score is not None:
        grid.add_row("ranker", f"score {explained.score:.4f}, rank {explained.rank}")
    for name, value in explained.features.items():
        grid.add_row(f"feature {name}", f"{value:.5g}")
    return grid
