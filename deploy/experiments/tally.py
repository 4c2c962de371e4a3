"""Tally: what came of the lists of an experiment, by arm and user."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from schemas.decision_records import Decision
from training.served import Outcomes, Served


@dataclass(slots=True)
class Tally:
    """Of one version of an experiment; a function of the sets of lists and of events."""

    arms: dict[str, dict[str, NDArray[np.int64]]] = field(default_factory=dict)
    """By arm and user, (3,) lists, of these acted on, of these liked."""

    open: int = 0
    """Lists whose window had not passed, which are left out."""

    def rows(self, arm: str) -> NDArray[np.float64]:
        """Return (U, 3) what each of the arm's users has, in one order whatever came first."""
        users = self.arms.get(arm, {})
        return np.array([users[user] for user in sorted(users)], np.float64).reshape(-1, 3)


def tally(
    decisions: Iterable[Decision], outcomes: Outcomes, experiment: str, *, open_too: bool = False
) -> Mapping[int, Tally]:
    """Return what came of the experiment's lists, by the experiment's version that they were made under.

    A list counts as acted on if one of its items was, a view being a look only, and as liked if one was liked; see
    `training.served`. Versions are kept apart, for they may give one arm's name to another configuration.
    """
    version_in = re.compile(rf"(?:^|, )experiment\.{re.escape(experiment)}@(\d+)(?:, |$)")
    found: dict[int, Tally] = {}
    seen: set[str] = set()
    for decision in decisions:
        arm, version = decision.arms.get(experiment), version_in.search(decision.config)
        if arm is None or version is None or decision.request_id in seen:
            continue
        seen.add(decision.request_id)
        own = found.setdefault(int(version[1]), Tally())
        if not open_too and not outcomes.closed(decision.as_of):
            own.open += 1
            continue
        row = own.arms.setdefault(arm, {}).setdefault(decision.user_id, np.zeros(3, np.int64))
        row += _counts(decision, outcomes)
    return found


def _counts(decision: Decision, outcomes: Outcomes) -> NDArray[np.int64]:
    labels = outcomes.of(Served.of(decision))
    if labels is None:
        return np.array([1, 0, 0])
    return np.array([1, bool((labels[:, 0] == 1).any()), bool((labels[:, 1] == 1).any())], np.int64)
