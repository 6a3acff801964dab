"""Small portfolio files for tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError, InputErrors
from sim.portfolio.importing import import_portfolio
from sim.portfolio.table import Portfolio
from sim.spec.portfolio import PortfolioMapping

START = date(2025, 9, 1)


def written(folder: Path, text: str, name: str = "p.csv", encoding: str = "utf-8") -> Path:
    """Write a text file and return its path."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def imported(folder: Path, text: str, mapping: dict | None = None) -> Portfolio:
    """Import a CSV text; a mapping is given without its name."""
    spec = PortfolioMapping(name="test", **mapping) if mapping is not None else None
    return import_portfolio(written(folder, text), spec, START)


def faults(folder: Path, text: str, mapping: dict | None = None) -> list[InputError]:
    """Return the faults of a CSV text that must not be importable."""
    with pytest.raises(InputErrors) as caught:
        imported(folder, text, mapping)
    return list(caught.value.errors)


def by_id(portfolio: Portfolio, column: str) -> dict[str, object]:
    """Return account id -> value of a column or attribute."""
    values = portfolio.attributes[column] if column in portfolio.attributes else getattr(portfolio, column)
    if hasattr(values, "codes"):
        values = [None if code < 0 else values.labels[code] for code in values.codes]
    else:
        values = values.tolist()
    return dict(zip(portfolio.account_id.tolist(), values, strict=True))
