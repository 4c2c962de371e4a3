"""MovieLens as events: a row of movies.csv, ratings.csv or tags.csv in, one record out. Pure but for reading files.

An event id is derived from the whole row and the tenant. So the same row is the same event however often the set is
loaded, and a corrected row is another one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import uuid_utils

from deploy.load.rows import Reject, rows
from schemas.errors import InvalidFieldError
from schemas.records import Action, BehaviorEvent, Change, ItemChange
from schemas.validation import check

SCENARIO: Final = "movies"

CATALOGUE_TIME: Final = 788_918_400_000
"""Event time of every movie: 1 January 1995, before the first rating. movies.csv has no times, and a fixed one lets
any later change of an item win over a second load."""

MOVIE_COLUMNS: Final = ("movieId", "title", "genres")
RATING_COLUMNS: Final = ("userId", "movieId", "rating", "timestamp")
TAG_COLUMNS: Final = ("userId", "movieId", "tag", "timestamp")

_NAMESPACE: Final = uuid_utils.uuid5(uuid_utils.NAMESPACE_URL, "https://grouplens.org/datasets/movielens/")
_YEAR: Final = re.compile(r"\(([12]\d{3})(?:[-–]\d{0,4})?\)\s*$")
_NO_GENRES: Final = "(no genres listed)"
_LAST_SECOND: Final = 4_102_444_800  # 2100-01-01: what lies beyond it is not in seconds
_MOST_DIGITS: Final = 10
_MOST_STARS: Final = 5.0

E = TypeVar("E", BehaviorEvent, ItemChange)


def movie(row: Sequence[str], tenant: str) -> ItemChange:
    """Return the creation of the movie in a row of MOVIE_COLUMNS; raise InvalidFieldError if the row is bad.

    The year that ends most titles becomes an attribute, and its first day the publish time.
    """
    movie_id, title, genres = row
    if not title.strip():
        raise InvalidFieldError("title", "must not be empty")
    year = _YEAR.search(title)
    return _checked(
        ItemChange(
            event_id=_event_id(tenant, "movie", row),
            tenant_id=tenant,
            item_id=movie_id,
            change=Change.CREATE,
            event_time=CATALOGUE_TIME,
            title=title.strip(),
            categories=[] if genres == _NO_GENRES else genres.split("|"),
            publish_time=int(datetime(int(year[1]), 1, 1, tzinfo=UTC).timestamp()) * 1000 if year else None,
            attributes={"year": year[1]} if year else {},
        )
    )


def rating(row: Sequence[str], tenant: str, genres: Mapping[str, list[str]]) -> BehaviorEvent:
    """Return the event of a row of RATING_COLUMNS: the stars as value, the movie's genres as tags.

    `genres` gives each known movie's. Raises InvalidFieldError if the row is bad.
    """
    user_id, movie_id, stars, timestamp = row
    return _checked(
        BehaviorEvent(
            event_id=_event_id(tenant, "rating", row),
            tenant_id=tenant,
            user_id=user_id,
            item_id=movie_id,
            action=Action.RATE,
            event_time=_milliseconds(timestamp),
            scenario=SCENARIO,
            value=_stars(stars),
            tags=_genres_of(movie_id, genres),
        )
    )


def tag(row: Sequence[str], tenant: str, genres: Mapping[str, list[str]]) -> BehaviorEvent:
    """Return the event of a row of TAG_COLUMNS: a comment; raise InvalidFieldError if the row is bad.

    Its only tag is the text: the genres are the movie's, and the user's rating says already what they are worth.
    """
    user_id, movie_id, text, timestamp = row
    _genres_of(movie_id, genres)
    return _checked(
        BehaviorEvent(
            event_id=_event_id(tenant, "tag", row),
            tenant_id=tenant,
            user_id=user_id,
            item_id=movie_id,
            action=Action.COMMENT,
            event_time=_milliseconds(timestamp),
            scenario=SCENARIO,
            tags=[text.strip()],
            context={"tag": text.strip()},
        )
    )


def read_catalogue(folder: Path, tenant: str, reject: Reject) -> Iterator[ItemChange]:
    """Yield the movies in the file's order; bad rows go to `reject`. Raises LoadError as `rows` does."""
    for place, row in rows(folder / "movies.csv", MOVIE_COLUMNS, reject):
        try:
            yield movie(row, tenant)
        except InvalidFieldError as error:
            reject(place, str(error))


def read_behavior(folder: Path, tenant: str, genres: Mapping[str, list[str]], reject: Reject) -> list[BehaviorEvent]:
    """Return the ratings and tags together, in time order; bad rows go to `reject`. Raises LoadError as `rows` does.

    `genres` gives each known movie's; a row on any other movie is bad. All events are held: about 1 KB each.
    """
    events = []
    for name, columns, parse in (("ratings.csv", RATING_COLUMNS, rating), ("tags.csv", TAG_COLUMNS, tag)):
        for place, row in rows(folder / name, columns, reject):
            try:
                events.append(parse(row, tenant, genres))
            except InvalidFieldError as error:
                reject(place, str(error))
    return sorted(events, key=lambda event: event.event_time)


def _event_id(tenant: str, kind: str, row: Sequence[str]) -> str:
    return str(uuid_utils.uuid5(_NAMESPACE, "\x1f".join((tenant, kind, *row))))


def _checked(event: E) -> E:
    check(event)
    return event


def _genres_of(movie_id: str, genres: Mapping[str, list[str]]) -> list[str]:
    try:
        return genres[movie_id]
    except KeyError:
        raise InvalidFieldError("movieId", f"{movie_id[:40]!r} is not a movie of movies.csv") from None


def _stars(text: str) -> float:
    try:
        stars = float(text)
    except ValueError:
        stars = -1.0
    if not 0 <= stars <= _MOST_STARS:
        raise InvalidFieldError("rating", f"must be a number from 0 to 5, not {text[:40]!r}")
    return stars


def _milliseconds(timestamp: str) -> int:
    """Return the seconds since 1970 in `timestamp` as milliseconds."""
    digits = timestamp.isdecimal() and len(timestamp) <= _MOST_DIGITS
    if not digits or int(timestamp) > _LAST_SECOND:
        raise InvalidFieldError("timestamp", f"must be whole seconds from 1970 to 2100, not {timestamp[:40]!r}")
    return int(timestamp) * 1000
