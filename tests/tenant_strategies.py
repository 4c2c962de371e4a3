"""Hypothesis strategies for records about tenants."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from schemas.tenant_records import TenantChange, TenantChangeKind
from tests.strategies import few, known, texts, times


def tenant_changes() -> SearchStrategy[TenantChange]:
    """Return what becomes of one of two tenants; an event's number is in its id, and in its key's id and hash."""
    return st.builds(
        lambda number, tenant, change, at, title, ended, ended_at: TenantChange(
            event_id=f"event{number}",
            tenant_id=tenant,
            change=change,
            changed_at=at,
            title=title,
            key_id=f"key{number}",
            key_hash=f"{number:064x}",
            ended=ended,
            ended_at=ended_at,
        ),
        st.integers(0, 19),
        few("t", 2),
        known(TenantChangeKind),
        times(),
        texts(),
        st.lists(few("key", 20), max_size=3),
        st.none() | times(),
    )
