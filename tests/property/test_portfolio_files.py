"""What holds for every portfolio file."""

from __future__ import annotations

import contextlib
import csv
import io
from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.portfolio.importing import import_portfolio
from sim.portfolio.parsing import numbers
from sim.spec.portfolio import PortfolioMapping
from tests.unit.sim.portfolio.files import by_id

START = date(2025, 9, 1)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
ROW = st.tuples(
    st.integers(-(10**6), 10**9),
    st.integers(-3, 400),
    st.sampled_from(["n", "s", "", "北"]),
    st.integers(1, 5),
)


def table(rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["account_id", "balance", "dpd", "region", "customer_id"])
    writer.writerows(
        [f"A{k}", f"{cents / 100:.2f}", dpd, region, f"P{person}"] for k, cents, dpd, region, person in rows
    )
    return out.getvalue()


def read(folder, text, **mapping):
    path = folder / "p.csv"
    path.write_text(text, encoding="utf-8")
    return import_portfolio(path, PortfolioMapping(name="m", **mapping), START)


@given(rows=st.lists(ROW, min_size=1, max_size=30), data=st.data())
@settings(max_examples=60)
def test_row_order_changes_nothing_and_no_account_is_lost(tmp_path_factory, rows, data):
    folder = tmp_path_factory.mktemp("portfolio")
    numbered = [(k, *row) for k, row in enumerate(rows)]
    shuffled = data.draw(st.permutations(numbered))
    rules = {"where": "dpd >= 0", "exclude": ["balance <= 0", "region == 's'"]}
    one, other = read(folder, table(numbered), **rules), read(folder, table(shuffled), **rules)
    for column in ("account_id", "person_id", "account_hash", "person_hash", "dpd", "principal_minor"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
    assert one.region.labels == other.region.labels
    assert one.region.codes.tolist() == other.region.codes.tolist()
    assert one.exclusions == other.exclusions
    assert one.accounts + sum(e.accounts for e in one.exclusions) == len(rows)
    total = int(one.balance_minor.sum()) + sum(e.balance_minor for e in one.exclusions)
    assert total == sum(row[0] for row in rows)
    expected = {
        f"A{k}": cents for k, cents, dpd, region, _ in numbered if dpd >= 0 and cents > 0 and region != "s"
    }
    assert by_id(one, "balance_minor") == expected


@given(cents=st.integers(-(10**14), 10**14), grouped=st.booleans(), wide=st.booleans())
def test_an_amount_survives_every_way_of_writing_it(cents, grouped, wide):
    text = f"{'-' if cents < 0 else ''}{abs(cents) // 100:{',' if grouped else ''}}.{abs(cents) % 100:02d}"
    if wide:
        text = text.translate(str.maketrans("0123456789.,-", "０１２３４５６７８９．，－"))
    read_back = numbers(pa.array([text]))
    assert not read_back.bad[0]
    assert round(read_back.values[0] * 100) == cents


@given(
    raw=st.one_of(
        st.binary(max_size=200),
        st.lists(st.lists(TEXT, max_size=5), max_size=8).map(
            lambda rows: "\n".join(
                ",".join(row) for row in [["account_id", "balance", "dpd"], *rows]
            ).encode()
        ),
        st.lists(
            st.sampled_from(
                ["account_id", "balance", "dpd", "1", "x", ",", ";", "\t", "\n", '"', "\r", "合计", "%", "\0"]
            ),
            max_size=30,
        ).map(lambda parts: "".join(parts).encode()),
    ),
    name=st.sampled_from(["p.csv", "p.csv.gz", "p.parquet", "p.xlsx"]),
)
@settings(max_examples=300)
def test_whatever_a_file_holds_the_answer_is_a_portfolio_or_an_input_error(tmp_path_factory, raw, name):
    path = tmp_path_factory.mktemp("portfolio") / name
    path.write_bytes(raw)
    # Anything but an InputError would leave `suppress` and fail.
    with contextlib.suppress(InputError):
        assert import_portfolio(path, None, START).accounts >= 1
