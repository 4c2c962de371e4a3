"""A line chart in plain characters: for terminals, logs and pipes alike."""

from collections.abc import Mapping, Sequence
from typing import Final

HEIGHT: Final = 10
WIDTH: Final = 6
"""Characters of one point of the horizontal axis."""


def plot(series: Mapping[str, Sequence[float]]) -> str:
    """Return a chart of shares (0 to 1) over rounds: each series is drawn with the first letter of its name.

    Where several series meet, the one that comes last is drawn. All must be of one length, at least 1.
    """
    top = max(max(points) for points in series.values()) or 1.0
    rounds = max(len(points) for points in series.values())
    grid = [[" "] * (rounds * WIDTH) for _ in range(HEIGHT)]
    for name, points in series.items():
        for number, share in enumerate(points):
            grid[round(share / top * (HEIGHT - 1))][number * WIDTH + WIDTH // 2] = name[0].upper()
    lines = [f"{top * level / (HEIGHT - 1):6.1%} |{''.join(row).rstrip()}" for level, row in enumerate(grid)]
    axis = "".join(f"{number + 1:^{WIDTH}}" for number in range(rounds))
    return "\n".join([*reversed(lines), f"       +{'-' * (rounds * WIDTH)}", f" round  {axis.rstrip()}"])
