"""`tideline`: the root command. Each subcommand is an entry point, imported only when it is called."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, distribution
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from deploy.foreseen import foreseen
from deploy.synopsis import synopsis

DISTRIBUTION = "tideline"
PACKAGES = ("schemas", "topics", "training", "agents", "serving", "deploy")
COMMANDS = "tideline.cli"  # the entry point group; a function is a command, a typer.Typer a group of commands


class LazyCommand(TyperCommand):
    """Stands for a subcommand until it is called; its help line is read from its source, without an import."""

    def __init__(self, entry: EntryPoint) -> None:
        super().__init__(name=entry.name, help=synopsis(entry.module, entry.attr))
        self._entry = entry

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Import the command and let it parse the arguments; the context then runs it, not this one."""
        command = self._entry.load()
        if not isinstance(command, typer.Typer):
            app = typer.Typer(add_completion=False)
            app.command(name=self.name)(command)
            command = app
        return get_command(command).make_context(info_name, args, parent=parent, **extra)


class Root(TyperGroup):
    """Finds its subcommands among the entry points, and turns our own errors into one line."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the subcommands in the order of the alphabet."""
        return sorted(entry.name for entry in _entries())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the subcommand, not imported yet, or none when there is no such."""
        return next((LazyCommand(entry) for entry in _entries() if entry.name == cmd_name), None)

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand; exit with code 1 and the message alone when it fails in a way that is foreseen."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            message = foreseen(error)
            if message is None or ctx.params["debug"]:
                raise
            typer.secho(f"error: {message}", fg=typer.colors.RED, err=True)
            raise typer.Exit(1) from error


def _entries() -> list[EntryPoint]:
    # Only our own distribution: a search through all that are installed takes longer than everything else here.
    return [entry for entry in distribution(DISTRIBUTION).entry_points if entry.group == COMMANDS]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{DISTRIBUTION} {distribution(DISTRIBUTION).version}")
        raise typer.Exit


# Plain help: drawing it with rich would take longer than all the rest.
app = typer.Typer(cls=Root, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback(no_args_is_help=True)
def root(
    debug: Annotated[bool, typer.Option("--debug", help="Log everything; show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Tideline: an event-sourced, Kafka-native recommender."""
    # Not at the top: `tideline --help` would pay for it.
    from topics.logs import LogSettings, configure_logging

    configure_logging(LogSettings(), logging.DEBUG if debug else logging.WARNING)
    if not debug:
        for package in PACKAGES:  # libraries speak of trouble only
            logging.getLogger(package).setLevel(logging.INFO)


def main() -> None:
    """Run the command line of this process."""
    app(prog_name="tideline")


if __name__ == "__main__":
    main()
