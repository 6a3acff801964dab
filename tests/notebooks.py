"""Runs the example notebooks without Jupyter: `python -m tests.notebooks` runs them and writes what their cells show.

Enough of Jupyter for that: cells share one namespace, a cell's last expression is shown by `_repr_html_` and `str`, prints are
kept.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "notebooks"


def code_cells(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that hold code, in order."""
    return [cell for cell in document["cells"] if cell["cell_type"] == "code"]


def run(document: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Run all code cells; returns the outputs of each, as Jupyter stores them. A cell that fails raises."""
    space: dict[str, Any] = {"__name__": "__main__"}
    return [_outputs("".join(cell["source"]), space, number) for number, cell in enumerate(code_cells(document), start=1)]


def _outputs(source: str, space: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree = ast.parse(source)
    shown = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"cell {number}", "exec"), space)
        if shown is not None:
            value = eval(compile(ast.Expression(shown.value), f"cell {number}", "eval"), space)
    out: list[dict[str, Any]] = []
    if printed.getvalue():
        out.append({"output_type": "stream", "name": "stdout", "text": printed.getvalue().splitlines(keepends=True)})
    if value is not None:
        data = {"text/plain": str(value).splitlines(keepends=True)}
        if hasattr(value, "_repr_html_"):
            data["text/html"] = (value._repr_html_() or "").splitlines(keepends=True)
        out.append({"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": data})
    return out


def renew(path: Path) -> None:
    """Run a notebook and write its outputs into it."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for number, (cell, outputs) in enumerate(zip(code_cells(document), run(document), strict=True), start=1):
        cell["execution_count"], cell["outputs"] = number, outputs
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for file in sorted(FOLDER.glob("*.ipynb")):
        renew(file)
