"""A tiny MovieLens: users who like either dramas or comedies, and rate what is of the other kind badly."""

import random
from pathlib import Path

_KINDS = ("Drama", "Comedy")


def write_movies(folder: Path, users: int = 40, movies: int = 24, rates: int = 14) -> Path:
    """Write movies.csv, ratings.csv and tags.csv into the folder, and return it."""
    draw = random.Random(5)
    folder.mkdir(exist_ok=True)
    lines = ["movieId,title,genres", *(f"{m},Movie {m} ({1980 + m}),{_KINDS[m % 2]}" for m in range(1, movies + 1))]
    (folder / "movies.csv").write_text("\n".join(lines) + "\n")
    rows = ["userId,movieId,rating,timestamp"]
    for user in range(1, users + 1):
        liked = [movie for movie in range(1, movies + 1) if movie % 2 == user % 2]
        other = [movie for movie in range(1, movies + 1) if movie % 2 != user % 2]
        taken = draw.sample(liked, rates - 3) + draw.sample(other, 3)
        draw.shuffle(taken)
        for place, movie in enumerate(taken):
            stars = draw.choice((4.0, 4.5, 5.0)) if movie % 2 == user % 2 else draw.choice((1.0, 2.0, 2.5))
            rows.append(f"{user},{movie},{stars},{1_500_000_000 + user * 10_000 + place * 60}")
    (folder / "ratings.csv").write_text("\n".join(rows) + "\n")
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n")
    return folder
