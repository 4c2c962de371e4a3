"""Study: many recorded requests under another configuration, by scenario."""

from collections.abc import Iterable
from typing import Any, Final

from deploy.counterfactual.errors import NoRerunError
from deploy.counterfactual.measures import Comparison, counted
from deploy.counterfactual.rerun import rerun
from schemas.decision_records import Decision
from serving.config_file import ServingConfig
from serving.reranking.rules.diversity import Diversity
from serving.views.catalogue import Catalogue

CAVEAT: Final = (
    "This says what would have been shown, not what users would have done: clicks are known only of what was shown, "
    "where it was shown, and favour the configuration that showed it. Try it in an experiment before you believe it."
)

NOT_RECORDED: Final = "not run again: its record holds no candidates"
NOT_RERUN: Final = "not run again: "


def study(
    decisions: Iterable[Decision], catalogue: Catalogue, base: ServingConfig, other: ServingConfig, k: int
) -> dict[str, Any]:
    """Return what the other configuration would have changed: by scenario, in total, and what cannot be told.

    Raises NoRerunError if no list can be run again.
    """
    found: dict[str, Comparison] = {}
    total = Comparison(k)
    notes: list[Iterable[str]] = []
    for decision in decisions:
        if not decision.shortlist:
            notes.append((NOT_RECORDED,))
            continue
        at = decision.tenant_id, decision.scenario
        was, would = base.of(*at), other.of(*at)
        try:
            again, after = rerun(decision, catalogue, was, was), rerun(decision, catalogue, was, would)
        except NoRerunError as error:
            notes.append((f"{NOT_RERUN}{error}",))
            continue
        notes.append(after.unknown)
        rule = would.diversity if Diversity.name in would.rules else None
        for comparison in (found.setdefault(decision.scenario, Comparison(k)), total):
            comparison.add(decision.items, again.items, after.items, catalogue, rule)
    if not total.lists:
        why = "; ".join(counted(notes)) or "no list was shown then"
        raise NoRerunError(f"nothing can be told: {why}")
    available = int(catalogue.active.sum())
    return {
        "k": k,
        "total": total.told(available),
        "scenarios": {scenario: found[scenario].told(available) for scenario in sorted(found)},
        "unknown": counted(notes),
        "caveat": CAVEAT,
    }
