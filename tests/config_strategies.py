"""Hypothesis strategies for changes of configuration."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.config_records import ConfigChange
from tests.strategies import event_ids, few, texts, times


def config_changes(
    *,
    tenants: SearchStrategy[str] = few("t", 2),  # noqa: B008
    components: SearchStrategy[str] = st.sampled_from(["serving", "serving.feed", "experiment.e"]),  # noqa: B008
    versions: SearchStrategy[int] = st.integers(1, 2**62),  # noqa: B008
    documents: SearchStrategy[str] = st.just("{}"),  # noqa: B008
) -> SearchStrategy[ConfigChange]:
    """Return a change of a component."""
    return st.builds(
        ConfigChange,
        event_id=event_ids(),
        tenant_id=tenants,
        component=components,
        version=versions,
        json=documents,
        changed_at=times(),
        changed_by=few("who", 2),
        reason=texts(),
    )
