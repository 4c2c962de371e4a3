"""Options that the commands over recorded lists and what came of them have in common."""

from typing import Annotated

import typer

Window = Annotated[float, typer.Option("--window-hours", min=0.01, help="Hours in which an act counts as an outcome.")]
Open = Annotated[
    bool, typer.Option("--open", help="Lists too whose window has not passed as of the log's latest event.")
]
