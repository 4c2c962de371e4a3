"""The configuration file: the most specific wins; a wrong value is refused with its path."""

import re
from pathlib import Path

import pytest

from serving import config_file
from serving.config import CHANNELS, ScenarioConfig
from serving.config_file import ServingConfig
from serving.errors import InvalidConfigError, UnknownComponentError
from serving.ranking.rankers import RANKERS
from serving.reranking.rules.diversity import Diversity


def load(tmp_path: Path, text: str) -> ServingConfig:
    path = tmp_path / "serving.toml"
    path.write_text(text)
    return ServingConfig.load(path)


def test_without_a_file_the_defaults_serve() -> None:
    assert ServingConfig.load(None).of("any", "where") == ScenarioConfig()


def test_the_most_specific_wins_field_by_field(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        """
        [default]
        ranker = "random"
        hot = { weight = 3.0, limit = 50 }
        [tenant.acme]
        hot = { limit = 60 }
        filters = ["availability"]
        [tenant.acme.scenario.vlog]
        channels = ["hot", "tag"]
        diversity = { window = 4 }
        [tenant.acme.scenario."my page"]
        ranker = "score"
        """,
    )
    vlog = config.of("acme", "vlog")
    assert (vlog.channels, vlog.ranker, vlog.filters) == (("hot", "tag"), "random", ("availability",))
    assert (vlog.hot.weight, vlog.hot.limit, vlog.hot.budget_ms) == (3.0, 60, 80)
    assert vlog.diversity == Diversity(window=4)
    assert config.of("acme", "my page").ranker == "score"
    elsewhere = config.of("acme", "elsewhere")
    assert (elsewhere.channels, elsewhere.hot.limit) == (CHANNELS, 60)
    assert config.of("other", "vlog").hot.limit == 50
    assert config.of("other", "vlog").exclude_seen
    assert not vlog.exclude_seen


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("default.ranker", 'default.ranker = "deepfm9"'),
        ("default.channels.1", 'default.channels = ["hot", "telepathy"]'),
        ("tenant.acme.filters.0", 'tenant.acme.filters = ["magic"]'),
        ("tenant.acme.scenario.vlog.rules.0", 'tenant.acme.scenario.vlog.rules = ["seen"]'),
    ],
)
def test_a_name_that_no_component_has_is_refused_with_those_that_do(tmp_path: Path, path: str, text: str) -> None:
    with pytest.raises(UnknownComponentError, match="there are") as refused:
        load(tmp_path, text)
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("defaults", "[defaults]"),
        ("default", "default = 1"),
        ("default.rankers", 'default.rankers = "score"'),
        ("default.channels", "default.channels = []"),
        ("default.channels", 'default.channels = ["hot", "hot"]'),
        ("default.filters", 'default.filters = ["seen"]'),
        ("default.hot.weight", "default.hot.weight = -1"),
        ("default.hot.weight", "default.hot.weight = inf"),
        ("default.hot.limit", 'default.hot.limit = "many"'),
        ("default.hot.budget_ms", "default.hot.budget_ms = 0"),
        ("default.hot.colour", 'default.hot.colour = "red"'),
        ("default.diversity.window", "default.diversity.window = 1"),
        ("tenant", "tenant = []"),
        ("tenant.Acme!", '[tenant."Acme!"]'),
        ("tenant.acme", "tenant.acme = 3"),
        ("tenant.acme.scenario", "tenant.acme.scenario = 3"),
        ("tenant.acme.scenario.vlog.tag.limit", "tenant.acme.scenario.vlog.tag.limit = 1.5"),
        ("tenant.acme.hot", "tenant.acme.hot = 1"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(tmp_path: Path, path: str, text: str) -> None:
    with pytest.raises(InvalidConfigError) as refused:
        load(tmp_path, text)
    assert refused.value.path == path


def test_a_file_that_is_no_toml_or_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match="is not TOML"):
        load(tmp_path, "[default")
    with pytest.raises(InvalidConfigError, match=re.escape("missing.toml: cannot be read")):
        ServingConfig.load(tmp_path / "missing.toml")


def test_the_example_in_the_docstring_loads(tmp_path: Path) -> None:
    _, _, example = (config_file.__doc__ or "").partition("\n")
    assert load(tmp_path, example).of("acme", "vlog").ranker == "random"


@pytest.mark.parametrize("ranker", RANKERS)
def test_every_ranker_may_be_named(tmp_path: Path, ranker: str) -> None:
    assert load(tmp_path, f'default.ranker = "{ranker}"').default.ranker == ranker
