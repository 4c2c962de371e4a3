"""`tideline why`."""

from dataclasses import asdict
from functools import partial
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from deploy.audit.errors import UnknownRequestError
from schemas.decision_records import Decision
from schemas.loading import load_codecs
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_id, check_tenant
from serving.bff.decision import made_by
from serving.bff.explain import Explanation, answered_from, explain
from topics.catalog import DECISIONS
from topics.decisions import find_decision
from topics.moments import show_moment
from topics.reader import LogReader
from topics.settings import KafkaSettings


def why(
    request: Annotated[str, typer.Argument(help="Id of the answer: the response and the events that follow name it.")],
    item: Annotated[str | None, typer.Option(help="Explain this item, whether it was shown or not.")] = None,
    tenant: Annotated[str, typer.Option(help="Whose answer.")] = "demo",
    user: Annotated[str | None, typer.Option(help="For whom it was, which makes the search shorter.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")] = False,
) -> None:
    """Say why a list was as it was: which channels proposed an item, how it was ranked, and what took it out.

    By the record of the decision, recommendation.served.v1, which is looked for where the id says that it was made;
    for an id other than a UUIDv7 in all of the log. Exit codes: 0 explained, 1 there is no such record of the tenant:
    it may not have been written yet, or the scenario is not recorded.
    """
    check_tenant(tenant)
    if user is not None:
        check_id(user, "user")
    console = Console(stderr=json)
    with console.status("reading decisions"):
        decision = _found(tenant, request, user)
    if decision is None:
        raise UnknownRequestError(f"tenant {tenant} has no recorded decision {request}")
    explained = [explain(decision, each) for each in ([item] if item else decision.items)]
    if json:
        told = {"request": request, "user": decision.user_id, "scenario": decision.scenario, "as_of": decision.as_of}
        told |= {"ranker": decision.ranker, "model_version": decision.model_version, "missing": decision.missing}
        told |= {"config": decision.config, "arms": decision.arms}
        told |= {"source": decision.source, "made_by": made_by(decision)}
        items = [{**asdict(each), "told": each.told} for each in explained]
        typer.echo(orjson.dumps({**told, "items": items}).decode())
        return
    console.print(_title(decision), highlight=False, markup=False)
    console.print(_one(explained[0]) if item else _all(explained))


def _found(tenant: str, request: str, user: str | None) -> Decision | None:
    """Return the record; of an answer from a list made ahead, with what the record of its making tells."""
    reader = LogReader(KafkaSettings())
    codecs = load_codecs(Registry(RegistrySettings()), {DECISIONS.subject: DECISIONS.record})
    find = partial(find_decision, reader, codecs.of(DECISIONS), tenant)
    decision = find(request, user)
    if decision is None or not (made := made_by(decision)):
        return decision
    making = find(made, decision.user_id)
    return decision if making is None else answered_from(decision, making)


def _title(decision: Decision) -> str:
    by = f"{decision.ranker} {decision.model_version}".strip()
    lacking = f"; missing: {', '.join(decision.missing)}" if decision.missing else ""
    arms = "".join(f"; arm {arm} of {name}" for name, arm in decision.arms.items())
    under = f"; configured by {decision.config}" if decision.config else ""
    lacking += f"; made ahead by {made}" if (made := made_by(decision)) else ""
    return (
        f"for {decision.user_id} in {decision.scenario}, as of {show_moment(decision.as_of)}: "
        f"{len(decision.shortlist)} candidates of {', '.join(decision.channels)}, ranked by {by}"
        f"{under}{arms}{lacking}"
    )


def _all(explained: list[Explanation]) -> Table:
    grid = Table("#", "item", "score", "ranked", "rules", "merged", "channels (rank)")
    for each in explained:
        channels = ", ".join(f"{by.channel} ({by.rank})" for by in each.channels)
        score = "" if each.score is None else f"{each.score:.4f}"
        rules = ", ".join(
            f"{by.rule} {by.before} to {by.after or 'out'}" for by in each.rules if by.before != by.after
        )
        ranks = (str(each.rank or ""), rules, str(each.merged_rank or ""))
        grid.add_row(str(each.position), each.item, score, *ranks, channels)
    return grid


def _one(explained: Explanation) -> Table:
    grid = Table("what", "value", title=f"{explained.item}: {explained.told}", show_lines=True)
    for by in explained.channels:
        grid.add_row(f"channel {by.channel}", f"score {by.score:.4f}, rank {by.rank}")
    if explained.merged_rank:
        grid.add_row("merged", f"rank {explained.merged_rank}")
    if explained.score is not None:
        grid.add_row("ranker", f"score {explained.score:.4f}, rank {explained.rank}")
    for rule in explained.rules:
        after = "taken out" if rule.after is None else f"rank {rule.after}"
        grid.add_row(f"rule {rule.rule}", f"rank {rule.before} before, {after} after")
    for name, value in explained.features.items():
        grid.add_row(f"feature {name}", f"{value:.5g}")
    return grid
