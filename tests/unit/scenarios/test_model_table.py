"""The table of values in sim/MODEL.md is in step with scenarios/base.yaml and with the rules that it names."""

from __future__ import annotations

import ast

import pytest

from tests.unit.scenarios.model_table import ROOT, rows, table

RENEW = "run python -m tests.unit.scenarios.model_table and fill in symbol and rule"


def functions():
    """Return the names of all functions of the rules, desks and lowering."""
    out = set()
    for path in [*(ROOT / "sim" / "rules").glob("*.py"), *(ROOT / "sim").glob("*.py"), *(ROOT / "sim" / "engine").glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        out |= {f"{path.stem}.{node.name}" for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return out


def test_every_value_has_its_row_and_no_row_is_left_over():
    assert rows().keys() == table().keys(), RENEW


@pytest.mark.parametrize("key", rows())
def test_unit_default_range_and_source_are_those_of_the_defaults(key):
    assert table()[key][1:4] == [cell.strip() for cell in rows()[key]], RENEW


def test_every_row_has_a_symbol_and_names_a_rule_that_exists():
    known = functions()
    for key, (symbol, *_, rule) in table().items():
        assert symbol, f"{key}: no symbol"
        named = [name.strip().strip("`") for name in rule.split(",")]
        assert set(named) <= known, f"{key}: {rule} is not a function of sim/rules or sim (module.function)"
