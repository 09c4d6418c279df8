"""The project's own code, parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("gridgov", "geo")


class Module(NamedTuple):
    """One file: its dotted name, its text, its tree."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """`cases` of gridgov.cases.act, `database` of gridgov.database, `geo` of geo."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "gridgov" and len(parts) > 1 else parts[0]

    def at(self, node: ast.AST) -> str:
        """Return where a node stands, to click on."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the project but the migrations, which stay as they were."""
    return tuple(_read(path) for path in sorted(_paths()))


def calls(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Return the calls in a module with the dotted name of what is called, as it is written."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def imported(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Return the modules that a module imports, wherever in it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def _paths() -> Iterator[Path]:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if "versions" not in path.parts:
                yield path


def _read(path: Path) -> Module:
    text = path.read_text("utf-8")
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    return Module(name, path, text, ast.parse(text, str(path)))
