"""MovieLens rows become events; the real set is read where it is at hand."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.load.movielens import CATALOGUE_TIME, movie, rating, read_behavior, read_catalogue, tag
from deploy.load.rows import Place
from schemas.errors import InvalidFieldError

GENRES = {"1": ["Comedy", "Drama"], "2": []}
REAL = Path(os.environ.get("TIDELINE_DATA", "../shared/data/ml-latest-small"))

stars = st.integers(0, 10).map(lambda halves: str(halves / 2))
seconds = st.integers(0, 4_000_000_000).map(str)
ratings = st.tuples(st.integers(1).map(str), st.sampled_from(list(GENRES)), stars, seconds)


@given(row=ratings)
def test_a_rating_keeps_its_value_and_time(row: tuple[str, str, str, str]) -> None:
    event = rating(row, "demo", GENRES)

    assert (event.user_id, event.item_id, event.value) == (row[0], row[1], float(row[2]))
    assert event.event_time == int(row[3]) * 1000
    assert (event.action, event.scenario, event.tags) == ("rate", "movies", GENRES[row[1]])


@given(one=ratings, other=ratings)
def test_event_ids_are_equal_where_rows_are(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    def identity(row: tuple[str, ...], tenant: str = "demo") -> str:
        return rating(row, tenant, GENRES).event_id

    assert identity(one) == identity(one)
    assert (identity(one) == identity(other)) == (one == other)
    assert identity(one, "other") != identity(one)


def test_a_rating_and_a_tag_of_the_same_fields_are_two_events() -> None:
    row = ("1", "1", "4", "964982703")

    assert rating(row, "demo", GENRES).event_id != tag(row, "demo", GENRES).event_id


def test_a_tag_is_a_comment() -> None:
    event = tag(("2", "1", " will ferrell ", "1445714992"), "demo", GENRES)

    assert (event.action, event.tags, event.context) == ("comment", ["will ferrell"], {"tag": "will ferrell"})
    assert event.value is None


def test_a_movie_becomes_an_item() -> None:
    change = movie(("11", "American President, The (1995) ", "Comedy|Drama"), "demo")

    assert (change.change, change.event_time) == ("create", CATALOGUE_TIME)
    assert (change.title, change.categories) == ("American President, The (1995)", ["Comedy", "Drama"])
    assert (change.attributes, change.publish_time) == ({"year": "1995"}, 788_918_400_000)


@pytest.mark.parametrize(
    ("title", "year", "publish_time"),
    [
        ("Babylon 5", None, None),
        ("Death Note: Desu nôto (2006–2007)", "2006", 1_136_073_600_000),
        ("Fawlty Towers (1975-1979)", "1975", 157_766_400_000),
        ("Trip to the Moon, A (1902)", "1902", -2_145_916_800_000),
        ("Year Zero (0000)", None, None),
        ("2001 (1968) and after", None, None),
    ],
)
def test_the_year_is_read_where_there_is_one(title: str, year: str | None, publish_time: int | None) -> None:
    change = movie(("1", title, "(no genres listed)"), "demo")

    assert change.attributes == ({} if year is None else {"year": year})
    assert change.publish_time == publish_time
    assert change.categories == []


@pytest.mark.parametrize(
    ("parse", "row", "field"),
    [
        (rating, ("", "1", "4", "1"), "user_id"),
        (rating, ("1\x07", "1", "4", "1"), "user_id"),
        (rating, ("1", "3", "4", "1"), "movieId"),
        (rating, ("1", "", "4", "1"), "movieId"),
        (rating, ("1", "1", "", "1"), "rating"),
        (rating, ("1", "1", "five", "1"), "rating"),
        (rating, ("1", "1", "nan", "1"), "rating"),
        (rating, ("1", "1", "5.5", "1"), "rating"),
        (rating, ("1", "1", "-1", "1"), "rating"),
        (rating, ("1", "1", "4", ""), "timestamp"),
        (rating, ("1", "1", "4", "-1"), "timestamp"),
        (rating, ("1", "1", "4", "1.5"), "timestamp"),
        (rating, ("1", "1", "4", "964982703000"), "timestamp"),
        (rating, ("1", "1", "4", "9" * 5000), "timestamp"),
        (tag, ("1", "1", "  ", "1"), "tags"),
        (tag, ("1", "1", "a\x00b", "1"), "tags"),
        (tag, ("1", "1", "x" * 300, "1"), "tags"),
        (tag, ("1", "3", "funny", "1"), "movieId"),
    ],
)
def test_a_bad_row_names_its_field(parse: Callable[..., object], row: tuple[str, ...], field: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        parse(row, "demo", GENRES)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (("", "Heat (1995)", "Action"), "item_id"),
        (("1", " ", "Action"), "title"),
        (("1", "He\x1bat", "Action"), "title"),
        (("1", "Heat (1995)", "Action||Crime"), "categories"),
    ],
)
def test_a_bad_movie_names_its_field(row: tuple[str, ...], field: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        movie(row, "demo")

    assert caught.value.field == field


def test_files_are_merged_in_time_order_and_bad_rows_left_out(tmp_path: Path) -> None:
    (tmp_path / "movies.csv").write_text("movieId,title,genres\n1,Heat (1995),Action\n2,,Drama\n")
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,1,4.0,30\n1,1,x,40\n2,1,5.0,10\n")
    (tmp_path / "tags.csv").write_text("userId,movieId,tag,timestamp\n3,1,slow,20\n3,9,slow,20\n")
    bad: list[str] = []

    def reject(place: Place, why: str) -> None:
        bad.append(f"{place} {why.partition(':')[0]}")

    genres = {change.item_id: change.categories or [] for change in read_catalogue(tmp_path, "demo", reject)}
    events = read_behavior(tmp_path, "demo", genres, reject)

    assert [(event.user_id, event.event_time) for event in events] == [("2", 10_000), ("3", 20_000), ("1", 30_000)]
    assert bad == ["movies.csv:3 title", "ratings.csv:3 rating", "tags.csv:3 movieId"]


@pytest.mark.skipif(not REAL.is_dir(), reason=f"no MovieLens set in {REAL}; name one with TIDELINE_DATA")
def test_the_real_set_has_no_bad_row() -> None:
    bad: list[Place] = []
    changes = list(read_catalogue(REAL, "demo", lambda place, _why: bad.append(place)))
    genres = {change.item_id: change.categories or [] for change in changes}
    events = read_behavior(REAL, "demo", genres, lambda place, _why: bad.append(place))

    assert not bad
    assert len({event.event_id for event in events}) == len(events)
    assert len({change.item_id for change in changes}) == len(changes)
    assert events == sorted(events, key=lambda event: event.event_time)
