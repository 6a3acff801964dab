"""House rules that a reader relies on: what fits on a screen, what is said, and what is never there."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch

import pytest

from tests.architecture import source

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
PRINTS = ("experiments/cli*.py", "benchmarks/*")

# Put together here, so that this file does not hold what it looks for.
MACHINE_WORDS = {
    "a sibling folder of the checkout": r"\.\./" + "shared",
    "a path of one machine": r"(?<![\w.])/(?:work|root|home/\w+|opt/wheels|opt/pypi)" + "/",
    "a package registry's host": r"(?:pypi\.|pythonhosted\.|debian\.|npmjs\.)" + r"(?:org|com)\b",
}


def test_there_is_something_to_check():
    names = {module.name for module in source.modules()}
    assert {"sim/errors.py", "scenarios/__init__.py"} <= names


def test_a_file_can_be_held_in_mind():
    python = [path for path in source.project_files() if path.suffix == ".py"]
    long = {
        path.relative_to(source.ROOT).as_posix(): lines
        for path in python
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert not long, f"more than {MAX_FILE_LINES} lines: {long}"


def test_a_function_fits_on_a_screen():
    long = {
        f"{module.name}:{node.lineno} {node.name}": source.code_lines(node)
        for module in source.modules()
        for node in ast.walk(module.tree)
        if isinstance(node, source.Function) and source.code_lines(node) > MAX_FUNCTION_LINES
    }
    assert not long, f"more than {MAX_FUNCTION_LINES} lines without the docstring: {long}"


def test_no_assert_guards_input():
    # `python -O` drops assert statements, so a check of input by assert is no check.
    found = [
        f"{module.name}:{node.lineno}"
        for module in source.modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]
    assert not found, f"assert statements in packages: {found}"


def test_only_the_console_prints():
    found = [
        f"{module.name}:{node.lineno}"
        for module in source.modules()
        if not any(fnmatch(module.name, pattern) for pattern in PRINTS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not found, f"print outside the console command: {found}"


def test_everything_public_is_described():
    silent = [
        f"{module.name}:{node.lineno} {name}"
        for module in source.modules()
        for name, node in source.public_definitions(module.tree.body)
        if ast.get_docstring(node) is None and not source.is_overload_or_setter(node)
    ]
    silent += [f"{module.name}:1" for module in source.modules() if ast.get_docstring(module.tree) is None]
    assert not silent, f"without a docstring: {silent}"


@pytest.mark.parametrize("what", MACHINE_WORDS)
def test_no_file_names(what):
    pattern = re.compile(MACHINE_WORDS[what])
    found = []
    for path in source.project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # binary: a picture or a Parquet file
        found += [
            f"{path.relative_to(source.ROOT).as_posix()}:{number}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    assert not found, f"{what} in {found}"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("cd ../" + "shared/data", "a sibling folder of the checkout"),
        ("data: /" + "work/main/x.csv", "a path of one machine"),
        ("see https://py" + "pi.org/simple", "a package registry's host"),
    ],
)
def test_the_search_finds_what_it_is_for(text, what):
    assert re.search(MACHINE_WORDS[what], text)
    assert not re.search(MACHINE_WORDS[what], "at home/work/elsewhere, in the shared folder, by pip")
