"""What fitting a recall model begins with."""

import numpy as np
from numpy.typing import NDArray

from training.errors import UnfitExamplesError


def well_known(support: NDArray[np.intp], least: int, most: int) -> NDArray[np.intp]:
    """Return the numbers of the items with at least `least` users, at most the `most` best known ones; rising.

    Of equally known ones the lower numbers stay. Raises UnfitExamplesError if fewer than two are left.
    """
    order = np.argsort(-support, kind="stable")[:most]
    kept = np.sort(order[support[order] >= least])
    if len(kept) < 2:
        raise UnfitExamplesError(
            f"{len(kept)} items have {least} users or more, and two are needed; collect more, or lower least_support"
        )
    return kept
