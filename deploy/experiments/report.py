"""Report: each arm's figures with their intervals, what they differ by, and whether users were shared out as meant.

Users are what chance shared out, so intervals are the bootstrap's over users (Efron 1979; percentiles), also for rates
by list: a user's lists are alike. Where hardly anybody acted they are too narrow: an arm where nobody did has none.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.stats import chisquare

from deploy.experiments.tally import Tally
from training.metrics.bootstrap import Estimate, estimate, sums

METRICS: Final = ("click_rate", "like_rate")
"""Part of the lists of which something was acted on, or liked; the columns behind the first of a tally."""

MISMATCH: Final = 0.001
"""A chance below which shares are no accident: then something sorts users, and no figure can be trusted (Fabijan et
al.: Diagnosing Sample Ratio Mismatch in Online Controlled Experiments. KDD 2019)."""

_LEAST_EXPECTED: Final = 5
"""Users of an arm below which the chi-squared distribution says nothing."""


class Arm(msgspec.Struct, frozen=True):
    """What came of an arm."""

    name: str
    lists: int
    users: int
    expected_share: float | None
    """Of the users; None where the log does not say."""

    rates: dict[str, Estimate]
    """By metric; none of an arm without lists."""

    over_control: dict[str, Estimate]
    """By metric, how much more than the control's; none of the control itself."""


class Report(msgspec.Struct, frozen=True):
    """What came of a version of an experiment."""

    experiment: str
    version: int
    control: str
    arms: list[Arm]
    open_lists: int
    mismatch_chance: float | None
    """How likely shares as far from the expected ones are by accident; None where that cannot be told."""

    @property
    def mismatch(self) -> bool:
        """Whether users were not shared out as meant."""
        return self.mismatch_chance is not None and self.mismatch_chance < MISMATCH


def report(experiment: str, version: int, tally: Tally, shares: Mapping[str, float], control: str | None) -> Report:
    """Return the report.

    Args:
        experiment: its name.
        version: of the experiment.
        tally: of that version's lists.
        shares: of each arm, in the order of the design; empty where the log does not say.
        control: what the others are compared with; by default the first arm.
    """
    names = [*shares, *sorted(tally.arms.keys() - shares.keys())]
    control = control or names[0]
    rows = {name: tally.rows(name) for name in names}
    samples = {name: sums(rows[name], stream) for stream, name in enumerate(names) if len(rows[name])}
    arms = [
        Arm(
            name=name,
            lists=int(rows[name][:, 0].sum()),
            users=len(rows[name]),
            expected_share=shares.get(name),
            rates=_rates(rows[name], samples[name]) if name in samples else {},
            over_control=_differences(rows, samples, name, control) if name != control else {},
        )
        for name in names
    ]
    return Report(experiment, version, control, arms, tally.open, _mismatch_chance(arms))


def show(console: Console, found: Report) -> None:
    """Print the report."""
    title = f"experiment {found.experiment}, version {found.version}; rates by list with 95 % intervals over users"
    table = Table("arm", "lists", "users", "of users", "meant", title=title)
    for metric in METRICS:
        table.add_column(metric.replace("_", " "), justify="right")
        table.add_column(f"over {found.control}", justify="right")
    users = sum(arm.users for arm in found.arms)
    for arm in found.arms:
        meant = "" if arm.expected_share is None else f"{arm.expected_share:.2%}"
        cells = [_told(figures.get(metric), sign) for metric in METRICS for figures, sign in _columns(arm)]
        table.add_row(arm.name, f"{arm.lists:,}", f"{arm.users:,}", f"{arm.users / max(users, 1):.2%}", meant, *cells)
    console.print(table)
    if found.open_lists:
        console.print(f"{found.open_lists:,} lists are left out: something may still come of them", highlight=False)
    if found.mismatch_chance is None:
        console.print("too few users to tell whether they were shared out as meant")
    elif found.mismatch:
        console.print(
            f"[red]✗[/] users were not shared out as meant (p = {found.mismatch_chance:.2g}): trust none of this "
            "before you know what sorted them",
            highlight=False,
        )
    else:
        console.print(f"[green]✓[/] users were shared out as meant (p = {found.mismatch_chance:.2g})", highlight=False)


def as_json(found: Report) -> bytes:
    """Return the report as one JSON object."""
    return msgspec.json.encode({**msgspec.to_builtins(found), "mismatch": found.mismatch})


def _rates(rows: NDArray[np.float64], samples: NDArray[np.float64]) -> dict[str, Estimate]:
    totals = rows.sum(axis=0)
    return {
        metric: estimate(totals[column] / totals[0], samples[:, column] / samples[:, 0])
        for column, metric in enumerate(METRICS, start=1)
    }


def _differences(
    rows: Mapping[str, NDArray[np.float64]], samples: Mapping[str, NDArray[np.float64]], name: str, control: str
) -> dict[str, Estimate]:
    """Return how much more the arm has than the control; nothing where one of them has no lists."""
    if name not in samples or control not in samples:
        return {}
    own, other = rows[name].sum(axis=0), rows[control].sum(axis=0)
    mine, theirs = samples[name], samples[control]
    return {
        metric: estimate(
            own[column] / own[0] - other[column] / other[0],
            mine[:, column] / mine[:, 0] - theirs[:, column] / theirs[:, 0],
        )
        for column, metric in enumerate(METRICS, start=1)
    }


def _mismatch_chance(arms: list[Arm]) -> float | None:
    meant = [arm for arm in arms if arm.expected_share]
    if any(arm.users for arm in arms if not arm.expected_share):
        return 0.0 if meant else None  # somebody is where nobody is meant to be
    users = sum(arm.users for arm in meant)
    expected = [users * (arm.expected_share or 0) for arm in meant]
    if len(meant) < 2 or min(expected) < _LEAST_EXPECTED:
        return None
    return float(chisquare([arm.users for arm in meant], expected, sum_check=False).pvalue)


def _columns(arm: Arm) -> tuple[tuple[Mapping[str, Estimate], str], tuple[Mapping[str, Estimate], str]]:
    return (arm.rates, ""), (arm.over_control, "+")


def _told(found: Estimate | None, sign: str) -> str:
    if found is None:
        return ""
    return rf"{found.value:{sign}.4f} \[{found.low:{sign}.4f}, {found.high:{sign}.4f}]"
