"""Components: names that can be configured, and the order in which they lie over each other."""

import pytest

from schemas.errors import InvalidFieldError
from serving.configuration.components import Component


@pytest.mark.parametrize("text", ["serving", "serving.feed", "serving.my page", "serving.a.b", "experiment.rankers"])
def test_a_name_is_read_and_told_again(text: str) -> None:
    assert Component.parse(text).text == text


@pytest.mark.parametrize(
    "text",
    ["", "Serving", "serving.", "experiment", "experiment.", "ranker.x", "serving.\n", f"serving.{'x' * 65}"],
)
def test_any_other_is_refused(text: str) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        Component.parse(text)
    assert refused.value.field == "component"


def test_a_name_too_long_for_a_key_is_refused() -> None:
    with pytest.raises(InvalidFieldError, match="256 bytes"):
        Component.parse(f"serving.{'𝄞' * 64}")


def test_the_tenant_lies_below_its_scenarios_and_those_below_experiments() -> None:
    texts = ["experiment.a", "serving.b", "serving", "serving.a", "experiment.b"]
    ordered = sorted(map(Component.parse, texts), key=lambda component: component.layer)
    assert [each.text for each in ordered] == ["serving", "serving.a", "serving.b", "experiment.a", "experiment.b"]
