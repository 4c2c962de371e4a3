"""Assembly: the most specific wins; what cannot be used is refused with its path, and the version before it stays."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.config_file import ServingConfig
from serving.configuration.assembly import assemble
from tests.serving.configuration.histories import FILE, TENANT, change, history
from topics.configs import History

LAYERS: list[dict[str, Any]] = [{"candidates": 200}, {"candidates": 100}, {"hot": {"limit": 70}}, {"ranker": "x"}, {}]
components = st.sampled_from(["serving", "serving.vlog", "serving.feed"])


def test_without_changes_it_is_as_the_file_says() -> None:
    found = assemble(FILE, TENANT, {})
    for scenario in ("vlog", "elsewhere"):
        assert found.of(scenario) == FILE.of(TENANT, scenario)
    assert assemble(FILE, "other", {}).of("vlog") == FILE.of("other", "vlog")
    assert found.choose("vlog", "u").versions == ""


def test_the_most_specific_wins_and_at_one_level_the_change_wins_over_the_file() -> None:
    found = assemble(
        FILE,
        TENANT,
        history({"candidates": 200, "hot": {"weight": 9}})
        | history({"hot": {"limit": 70}}, component="serving.vlog")
        | history({"candidates": 100}, component="serving.feed"),
    )
    vlog, feed, elsewhere = (found.of(scenario) for scenario in ("vlog", "feed", "elsewhere"))
    assert (elsewhere.candidates, elsewhere.hot.limit, elsewhere.hot.weight) == (200, 60, 9)
    assert (vlog.candidates, vlog.hot.limit, vlog.hot.weight) == (300, 70, 9), "the file's scenario is more specific"
    assert (feed.candidates, feed.hot.limit) == (100, 60)
    assert found.choose("vlog", "u").versions == "serving@1, serving.vlog@1"
    assert found.choose("elsewhere", "u").versions == "serving@1"


def test_an_empty_object_is_as_servers_were_started() -> None:
    assert assemble(FILE, TENANT, history({"candidates": 200}, {})).of("x") == FILE.of(TENANT, "x")


@pytest.mark.parametrize(
    ("component", "document", "path"),
    [
        ("serving", '{"candidates": ', "json"),
        ("serving", "[]", "json"),
        ("serving", '"text"', "json"),
        ("serving", {"ranker": "oracle"}, "json.ranker"),
        ("serving", {"hot": {"weight": -1}}, "json.hot.weight"),
        ("serving", {"hot": 3}, "json.hot"),
        ("serving.vlog", {"colour": "red"}, "json.colour"),
        ("serving.vlog", {"channels": ["hot", "telepathy"]}, "json.channels.1"),
        ("experiment.e", {"arm": {}}, "json.arm"),
        ("experiment.e", {"arms": {"a": {}}}, "json.arms.a.weight"),
        ("experiment.e", {"arms": {"a": {"weight": -1}}}, "json.arms.a.weight"),
        ("experiment.e", {"arms": {"a": {"weight": 0}}}, "json.arms"),
        ("experiment.e", {"arms": {"a": {"weight": 1, "config": {"ranker": "x"}}}}, "json.arms.a.config.ranker"),
        ("experiment.e", {"arms": {"\n": {"weight": 1}}}, "json.arms.\n.[key]"),
        ("experiment.e", {"scenarios": [""]}, "json.scenarios.0"),
        ("experiment.e", {"arms": {f"a{n}": {"weight": 1} for n in range(21)}}, "json.arms"),
        ("teapot", {}, "component"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_path_and_the_version_before_stays(
    component: str, document: dict[str, Any] | str, path: str
) -> None:
    found = assemble(FILE, TENANT, history({}, document, component=component))
    assert found.refused[component].change.version == 2
    assert found.refused[component].error.path == path
    assert component == "teapot" or found.in_force[component].version == 1
    assert found.of("vlog") == FILE.of(TENANT, "vlog")
    mended = assemble(FILE, TENANT, history({}, document, {}, component=component))
    assert component == "teapot" or (mended.in_force[component].version, mended.refused) == (3, {})


def test_what_does_not_go_with_what_lies_on_it_is_refused_where_it_lies() -> None:
    below = ServingConfig.parse({"tenant": {TENANT: {"scenario": {"vlog": {"rules": ["diversity"]}}}}})
    arms = {"a": {"weight": 1, "config": {"hot": {"limit": 5}}}}
    found = assemble(below, TENANT, history({"hot": {"limit": 9}}) | history({"arms": arms}, component="experiment.e"))
    assert not found.refused
    assert found.choose("vlog", "u").config.hot.limit == 5


def test_two_experiments_in_one_scenario_do_not_configure_the_same() -> None:
    arms = {"a": {"weight": 1, "config": {"candidates": 9}}}
    first = history({"arms": arms, "scenarios": ["vlog", "feed"]}, component="experiment.a")
    other = history({"arms": arms, "scenarios": ["feed"]}, component="experiment.b")
    found = assemble(FILE, TENANT, first | other)
    assert list(found.in_force) == ["experiment.a"]
    assert "candidates is what experiment a configures" in str(found.refused["experiment.b"].error)
    apart = history({"arms": arms, "scenarios": ["home"]}, component="experiment.b")
    assert not assemble(FILE, TENANT, first | apart).refused


@given(st.lists(st.tuples(components, st.sampled_from(LAYERS)), max_size=8))
def test_what_is_in_force_depends_on_no_order_of_components(written: list[tuple[str, dict[str, Any]]]) -> None:
    whole: dict[str, tuple[Any, ...]] = {}
    for component, document in written:
        before = whole.get(component, ())
        whole[component] = (*before, change(component, len(before) + 1, document))
    found = [assemble(FILE, TENANT, dict(order)) for order in permutations(whole.items())]
    for other in found:
        assert (other.in_force, other.scenarios, other.base) == (found[0].in_force, found[0].scenarios, found[0].base)
        assert {at: each.change for at, each in other.refused.items()} == {
            at: each.change for at, each in found[0].refused.items()
        }
        assert other.of("vlog") == found[0].of("vlog")
    for component, versions in whole.items():
        usable = [each.version for each in versions if "x" not in each.json]
        stands = found[0].in_force.get(component)
        assert (stands.version if stands else None) == (usable[-1] if usable else None)
        assert (component in found[0].refused) == (versions[-1].version not in usable)


def test_nothing_of_another_tenant_is_in_it() -> None:
    elsewhere: History = {"serving": (change("serving", 1, {"candidates": 7}, tenant="other"),)}
    assert assemble(FILE, TENANT, {}).of("vlog").candidates == 300
    assert assemble(FILE, "other", elsewhere).of("vlog").candidates == 7
