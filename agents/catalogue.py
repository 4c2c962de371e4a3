"""Catalogue agent: changes of items become the catalogue."""

from collections.abc import Sequence

from agents.folds import item
from agents.folds.sourced import Sourced
from agents.grouping import by_key, fold_rows
from agents.runtime.agent import Agent
from agents.runtime.work import Work
from agents.tables import ITEM
from schemas.records import ItemChange
from topics.catalog import ITEM_CHANGE


def item_key(event: ItemChange) -> bytes:
    """Return the key of the changed item."""
    return f"{event.tenant_id}/{event.item_id}".encode()


def fold(events: Sequence[Sourced[ItemChange]], work: Work) -> None:
    """Fold the changes into the rows of their items."""
    fold_rows(work, ITEM, by_key(events, item_key), item.fold)


CATALOGUE_AGENT = Agent(name="catalogue", source=ITEM_CHANGE, tables=(ITEM,), key_of=item_key, fold=fold)
