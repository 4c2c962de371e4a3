"""How Hypothesis runs a contract suite."""

from hypothesis import HealthCheck, settings

CONTRACT = settings(
    deadline=None,
    # One function serves all subclasses: that is what a contract is for.
    suppress_health_check=[HealthCheck.differing_executors],
)
