"""Imports point one way, and third parties stay where they are needed (contracts in pyproject.toml)."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim.compiled import WITHOUT_KERNELS
from tests.architecture import source

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

# For each contract, an import that it must refuse: (file, line).
REFUSED = {
    "questions-stand-on-the-world": ("sim/intruder.py", "import experiments"),
    "inside-the-world": ("sim/spec/intruder.py", "import sim.engine"),
    "strategies-by-protocol": ("sim/engine/intruder.py", "import sim.strategies.yaml_strategy"),
    "kernels-see-arrays": ("sim/rules/intruder.py", "import sim.portfolio.table"),
    "questions-see-no-arrays": ("experiments/intruder.py", "import sim.state"),
    "pydantic-in-spec": ("experiments/report/intruder.py", "import pydantic"),
    "simpy-in-engine": ("sim/rules/intruder.py", "import simpy"),
    "numba-where-compiled": ("experiments/estimators/intruder.py", "import numba"),
    "plotly-in-report": ("experiments/intruder.py", "import plotly"),
    "click-in-cli": ("experiments/report/intruder.py", "import click"),
    "scipy-in-experiments": ("sim/strategies/intruder.py", "from scipy import stats"),
}


def lint_imports(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages in `folder`."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache", *options],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )


def test_every_contract_is_kept():
    result = lint_imports(source.ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(REFUSED)} kept, 0 broken" in result.stdout


def test_every_contract_has_an_import_that_it_refuses():
    config = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {contract["id"] for contract in config["tool"]["importlinter"]["contracts"]} == set(REFUSED)


def test_the_cache_of_kernels_leaves_out_what_kernels_cannot_see():
    # Both lists must name the same packages, and every module with a compiled rule must be under the contract.
    config = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [c for c in config["tool"]["importlinter"]["contracts"] if c["id"] == "kernels-see-arrays"]
    assert {f"sim.{name}" for name in WITHOUT_KERNELS} == set(contract["forbidden_modules"])
    compiling = [module.name.removesuffix(".py").replace("/", ".") for module in source.modules()
                 if module.name.startswith("sim/") and any(
                     isinstance(node, ast.FunctionDef) and "rule" in map(ast.unparse, node.decorator_list)
                     for node in ast.walk(module.tree))]
    assert "sim.rules.payment" in compiling
    loose = [name for name in compiling if not f"{name}.".startswith(
        tuple(f"{covered}." for covered in contract["source_modules"]))]
    assert not loose, f"compiled, but not under the contract: {loose}"


@pytest.mark.parametrize("contract", REFUSED)
def test_the_contract_refuses(contract, tmp_path):
    no_caches = shutil.ignore_patterns("__pycache__")
    for package in source.PACKAGES:
        shutil.copytree(source.ROOT / package, tmp_path / package, ignore=no_caches)
    shutil.copy(source.ROOT / "pyproject.toml", tmp_path)
    name, line = REFUSED[contract]
    (tmp_path / name).write_text(f'"""Does not belong here."""\n\n{line}\n', encoding="utf-8")
    result = lint_imports(tmp_path, "--contract", contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout
    assert "intruder" in result.stdout
