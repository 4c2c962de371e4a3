"""`tideline protos`."""

from typing import Annotated

import orjson
import typer

from serving.errors import ContractError
from serving.protos.compatibility import breaks
from serving.protos.descriptors import present, release, released

app = typer.Typer(no_args_is_help=True, help="The gRPC contract: whether it keeps what was released.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]


@app.command()
def check(json: Json = False) -> None:
    """Compare the contract with the released one; fail if it breaks a client or a server that was built with that."""
    found = breaks(released(), present())
    if json:
        typer.echo(orjson.dumps({"breaks": found}))
    if found:
        raise ContractError(found)
    if not json:
        typer.echo("the contract keeps all that was released")


@app.command("release")
def release_now(json: Json = False) -> None:
    """Let the contract be the released one; refused if it breaks what was released before."""
    found = breaks(released(), present())
    if found:
        raise ContractError(found)
    files = present()
    release(files)
    told = {"files": [file.name for file in files.file]}
    typer.echo(orjson.dumps(told) if json else f"released {len(files.file)} files")
