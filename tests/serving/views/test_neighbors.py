from pathlib import Path
from typing import Any

import numpy as np

from serving.views.catalogue import Catalogues
from serving.views.neighbors import NeighborsView
from tests.changes import TENANT
from tests.contracts.view import OWNERS, ViewContract
from tests.row_strategies import item_neighbors
from topics.changelogs import ITEM_NEIGHBORS


class TestNeighborsView(ViewContract):
    topic = ITEM_NEIGHBORS
    rows = item_neighbors()

    def make(self, folder: Path) -> NeighborsView:
        self.catalogues = Catalogues()
        return NeighborsView(self.catalogues, shrinkage=1.0)

    def content(self, view: NeighborsView) -> Any:
        numbers = self.catalogues.of(TENANT).numbers
        known = [numbers[owner] for owner in OWNERS if owner in numbers]
        similar = {
            owner: view.scoring(TENANT, np.array([numbers[owner]], np.int32), np.ones(1)).run()
            for owner in OWNERS
            if owner in numbers
        }
        return {owner: scores[known].tolist() for owner, scores in similar.items()}


def test_an_unknown_tenant_has_no_neighbours() -> None:
    view = NeighborsView(Catalogues(), shrinkage=1.0)
    assert not len(view.scoring("nobody", np.array([0], np.int32), np.ones(1)).run())
