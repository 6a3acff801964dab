"""What the architecture tests look at: the project's files and their syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("sim", "experiments", "scenarios", "benchmarks")
# Folders that a build, a run or an editor makes; they are no part of the project.
MADE = frozenset({"runs", "build", "dist", "__pycache__", "node_modules"})
HIDDEN_BUT_OURS = frozenset({".ci", ".gitignore"})

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True, slots=True)
class Module:
    """One source file: `name` is its path below the root, `lines` its length, `tree` its syntax tree."""

    name: str
    lines: int
    tree: ast.Module


def project_files(root: Path = ROOT) -> Iterator[Path]:
    """Yield every file that belongs to the project, whether or not it is committed yet."""
    for entry in sorted(root.iterdir()):
        ours = entry.name in HIDDEN_BUT_OURS or not entry.name.startswith(".")
        if not ours or entry.name in MADE or entry.name.endswith(".egg-info") or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from project_files(entry)
        else:
            yield entry


@cache
def modules() -> tuple[Module, ...]:
    """Return the parsed modules of all packages, sorted by path."""
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(ROOT).as_posix()
            found.append(Module(name, len(text.splitlines()), ast.parse(text, filename=name)))
    return tuple(found)


def public_definitions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield (dotted name, node) of public functions, classes and methods; nested functions are private."""
    for node in body:
        if not isinstance(node, Definition) or node.name.startswith("_"):
            continue
        yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public_definitions(node.body, f"{prefix}{node.name}.")


def is_overload_or_setter(node: Definition) -> bool:
    """Return whether the docstring stands elsewhere: on the implementation or the getter."""
    names = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(name.split(".")[-1] in {"overload", "setter"} for name in names)


def code_lines(node: Function) -> int:
    """Return the lines from `def` to the end of a function, without its docstring."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length
