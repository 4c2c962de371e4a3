"""The one-line help of a command, read from its source, so that `tideline --help` imports none of them."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from pathlib import Path


def synopsis(module: str, attribute: str) -> str:
    """Return the first sentence of what a command says of itself; empty where it says nothing.

    Args:
        module: dotted name of the command's module. Its packages are imported, the module is not.
        attribute: name in the module of a function, whose docstring is taken, or of a `typer.Typer(help=...)`;
            a Typer without help is described by the module's docstring.
    """
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    told = _docstring(tree, attribute) or _typer_help(tree, attribute) or ast.get_docstring(tree) or ""
    return " ".join(told.split("\n\n")[0].split())


def _docstring(tree: ast.Module, function: str) -> str | None:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            return ast.get_docstring(node)
    return None


def _typer_help(tree: ast.Module, name: str) -> str | None:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(keywords=keywords)) if target == name:
                return next(
                    (
                        word.value.value
                        for word in keywords
                        if word.arg == "help"
                        and isinstance(word.value, ast.Constant)
                        and isinstance(word.value.value, str)
                    ),
                    None,
                )
    return None
