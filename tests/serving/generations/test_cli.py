"""`tideline switch` where it refuses before it asks; what it does stands in tests/integration/test_switch.py."""

import pytest
import typer
from typer.testing import CliRunner

from serving.generations.cli import switch

app = typer.Typer()
app.command()(switch)


@pytest.mark.parametrize("arguments", [[], ["1", "--back"]])
def test_a_number_or_back_has_to_be_given(arguments: list[str]) -> None:
    refused = CliRunner().invoke(app, arguments)
    assert refused.exit_code == 2
    assert "--back" in refused.output
