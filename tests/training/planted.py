"""Examples with a signal planted in them, small enough for unit tests."""

from pathlib import Path

import numpy as np

from training.example_files import ExampleWriter
from training.examples import Examples

FEATURES = ("user_age", "item_age", "item_heat", "cross_match")
HOUR = 3_600_000


def planted(groups: int = 60, size: int = 8, seed: int = 0) -> Examples:
    """Lists in which what matches, and is hot, is clicked; some of what is clicked is liked, the rest not known."""
    random = np.random.default_rng(seed)
    count = groups * size
    values = random.normal(size=(count, len(FEATURES))).astype(np.float32)
    values[:, 0] = np.repeat(values[::size, 0], size)
    chance = 1 / (1 + np.exp(-(3 * values[:, 3] + 1.5 * values[:, 2])))
    click = (random.random(count) < chance).astype(np.float32)
    like = np.where(click > 0, (random.random(count) < chance).astype(np.float32), np.nan).astype(np.float32)
    return Examples(
        features=FEATURES,
        values=values,
        labels=np.stack([click, like], 1),
        group=np.repeat(np.arange(groups), size),
        time=np.repeat(np.arange(groups) * HOUR, size),
        weight=np.ones(count, np.float32),
    )


def written(folder: Path, examples: Examples, batches: int = 5) -> Path:
    """Write the examples in so many record batches of whole groups, and return the file."""
    path = folder / "examples.arrow"
    with ExampleWriter(path, examples.features) as writer:
        for part in np.array_split(np.arange(len(examples.starts) - 1), batches):
            writer.write(examples.take(np.isin(examples.group, examples.group[examples.starts[part]])))
    return path
