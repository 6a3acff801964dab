"""`duecourse ab size|bounds|analyze|assign` as a user of the console sees them."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from experiments.cli_ab import ab


def run(*arguments):
    return CliRunner().invoke(ab, [str(argument) for argument in arguments])


def document(*arguments):
    got = run(*arguments, "--format", "json")
    assert got.exit_code == 0, got.output
    assert got.stderr == ""
    return json.loads(got.stdout)


def fault(*arguments):
    got = run(*arguments)
    assert got.exit_code == 2, got.output
    assert got.stdout == ""
    return got.stderr


SIZE = (
    "size",
    "--metric",
    "proportion",
    "--control",
    "0.10",
    "--treatment",
    "0.12",
    "--alpha",
    "0.05",
    "--sides",
    "2",
    "--ratio",
    "1",
)


def test_size_answers_by_its_schema():
    got = document(*SIZE, "--power", "0.8", "--method", "pooled")
    assert list(got)[:6] == ["schema", "n_control", "n_treatment", "power", "mde", "method"]
    assert got["schema"] == "duecourse/ab-size/1"
    # Fleiss, Levin and Paik (2003), equation 4.14 without continuity correction
    assert (got["n_control"], got["n_treatment"], got["method"]) == (3841, 3841, "pooled")
    assert got["n_control_exact"] == pytest.approx(3840.847, abs=1e-3)
    assert got["power"] == pytest.approx(0.8, abs=1e-4)
    assert got["mde"] == pytest.approx(0.02, abs=1e-5)


def test_power_and_detectable_effect_are_found_from_n():
    assert document(*SIZE, "--n", "3841")["power"] == pytest.approx(0.80002, abs=1e-5)
    effect = [a for a in SIZE if a not in ("--treatment", "0.12")]
    assert document(*effect, "--n", "3841", "--power", "0.8")["mde"] == pytest.approx(0.02, abs=1e-5)


@pytest.mark.parametrize(
    ("more", "key", "low", "high"),
    [
        (("--cluster-size", "20", "--icc", "0.02"), "n_control", 5301, 5400),
        (("--looks", "0.5,0.75,1", "--rule", "obrien_fleming"), "n_control", 3900, 3960),
        (("--looks", "3"), "inflation", 1.001, 1.05),
        (("--treatments", "3"), "n_control", 4900, 5050),
        (("--method", "exact"), "n_control", 3850, 4000),
        (("--cuped-rho", "0.5"), "n_control", 2880, 2882),
        (("--ratio", "2"), "n_treatment", 5700, 5900),
        (("--inflow", "200", "--horizon-days", "60"), "calendar_days", 98.0, 99.0),
    ],
)
def test_options_move_the_size_where_they_should(more, key, low, high):
    assert low <= document(*SIZE, "--power", "0.8", *more)[key] <= high


@pytest.mark.parametrize(
    "given",
    [
        ("mean", "0", "0.1"),
        ("mean", "50", "55", "--payer-share", "0.1", "--log-sd", "1.5"),
        ("count", "0.1", "0.13"),
        ("time_to_event", "0.02", "0.016", "--followup-days", "30"),
        ("ratio", "0.2", "0.22", "--mean-denominator", "5", "--sd-numerator", "1", "--sd-denominator", "4"),
        ("proportion", "0.1", "0.1", "--margin", "0.02", "--direction", "smaller_is_better"),
        ("mean", "0", "0", "--margin", "0.1", "--test", "equivalence"),
        (
            "mean",
            "0",
            "0.1",
            "--cluster-size",
            "20",
            "--icc",
            "0.05",
            "--design",
            "switchback",
            "--periods",
            "14",
        ),
    ],
)
def test_every_metric_can_be_sized(given):
    metric, control, treatment, *more = given
    got = document("size", "--metric", metric, "--control", control, "--treatment", treatment, *more)
    assert got["n_control"] > 10
    assert got["power"] >= 0.8 - 1e-9


def test_a_table_is_for_people_and_csv_for_sheets():
    words = run(*SIZE, "--power", "0.8", "--curve").stdout
    assert words.startswith("3,841 accounts in control, 3,841 in treatment")
    assert "note: accounts are taken to be independent" in words
    rows = list(csv.DictReader(io.StringIO(run(*SIZE, "--power", "0.8", "--format", "csv").stdout)))
    assert rows[0]["n_control"] == "3841"


SHARES = ("size", "--metric", "proportion", "--control", "0.1", "--treatment", "0.12")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (
            ("size", "--metric", "proportion", "--control", "10", "--treatment", "0.12"),
            ["--control: got 10.0", "expected a number above 0 and below 1", "10 % is 0.1"],
        ),
        (
            ("size", "--metric", "proportio", "--control", "0.1", "--treatment", "0.2"),
            ["Did you mean `proportion`?"],
        ),
        (("size", "--control", "0.1"), ["--metric: got nothing"]),
        (("size", "--metric", "mean"), ["--control: got nothing"]),
        (("size", "--metric", "mean", "--control", "x"), ["got x, expected a number"]),
        (
            ("size", "--metric", "mean", "--control", "0", "--treatment", "1", "--method", "poled"),
            ["--method: got poled"],
        ),
        (
            ("size", "--metric", "mean", "--control", "0", "--treatment", "1", "--looks", "a"),
            ["--looks: got a"],
        ),
        (
            ("size", "--metric", "mean", "--control", "1", "--treatment", "1", "--lift", "0.1"),
            ["--lift: got 0.1"],
        ),
        ((*SHARES, "--power", "1"), ["--power: got 1.0", "Certainty needs no test"]),
        ((*SHARES, "--n", "1"), ["--n: got 1.0", "from 2 to", "accounts in the control arm"]),
        ((*SHARES, "--cluster-size", "50", "--n", "50"), ["--n: got 50.0", "at least two clusters"]),
        ((*SHARES, "--attempts-per-account", "-2"), ["--attempts-per-account: got -2.0", "a positive number"]),
        ((*SHARES, "--inflow", "10", "--horizon-days", "-5"), ["--horizon-days: got -5.0"]),
        ((*SHARES, "--sides", "3"), ["--sides: got 3", "one of 1, 2", "Choose one of these"]),
        ((*SHARES, "--ratio", "1e11"), ["--treatment, --ratio: got", "at most 1e+13 accounts an arm", "smallest effect"]),
        (
            ("size", "--metric", "proportion", "--control", "0.1", "--margin", "2"),
            ["--margin: got 2.0", "2 % is 0.02"],
        ),
        (
            ("size", "--metric", "mean", "--control", "0", "--treatment", "1", "--sd", "1e300"),
            ["--sd: got 1e+300"],
        ),
        (("bounds", "--looks", "3", "--power", "0.01"), ["--power: got 0.01", "a power above the level 0.025"]),
        (("bounds", "--rule", "pocock"), ["--looks: got nothing"]),
        (("bounds", "--looks", "0.5,0.4"), ["increasing information fractions"]),
        (("bounds", "--looks", "0.5,1", "--rule", "pokock"), ["Did you mean `pocock`?"]),
        (("bounds", "--looks", "0.5,1", "--rule", "kim_demets"), ["Add --parameter X"]),
        (("bounds", "--looks", "0.5,1", "--futility", "lan_demets_obf"), ["1 with --futility"]),
        (("bounds", "--looks", "0.5,1", "--look", "1", "--estimate", "1"), ["--estimate, --se"]),
    ],
)
def test_bad_options_exit_with_two_and_say_what_to_do(arguments, parts):
    said = fault(*arguments)
    for part in parts:
        assert part in said


def test_bounds_answer_by_their_schema():
    got = document(
        "bounds", "--looks", "0.5,0.75,1", "--rule", "lan_demets_obf", "--alpha", "0.025", "--sides", "1"
    )
    assert got["schema"] == "duecourse/ab-bounds/1"
    assert [list(look) for look in got["looks"]] == [["information", "z", "p", "cumulative_alpha"]] * 3
    # rpact and gsDesign give 2.963, 2.359, 2.014 for these looks
    assert [round(look["z"], 3) for look in got["looks"]] == [2.963, 2.359, 2.014]
    assert got["looks"][-1]["cumulative_alpha"] == pytest.approx(0.025, abs=1e-9)
    assert [look["information"] for look in got["looks"]] == [0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("rule", "parameter"),
    [
        ("obrien_fleming", None),
        ("pocock", None),
        ("wang_tsiatis", 0.25),
        ("lan_demets_obf", None),
        ("lan_demets_pocock", None),
        ("kim_demets", 2),
        ("hwang_shih_decani", -4),
    ],
)
def test_every_rule_can_be_named(rule, parameter):
    more = () if parameter is None else ("--parameter", parameter)
    got = document("bounds", "--looks", "4", "--rule", rule, "--alpha", "0.05", "--sides", "2", *more)
    assert got["looks"][-1]["cumulative_alpha"] == pytest.approx(0.05, abs=1e-9)
    assert {row["rule"] for row in got["monitoring"]} >= {rule, "confidence_sequence", "peeking_uncorrected"}


def test_bounds_with_futility_and_a_stop():
    got = document(
        "bounds",
        "--looks",
        "3",
        "--sides",
        "1",
        "--alpha",
        "0.025",
        "--futility",
        "lan_demets_obf",
        "--look",
        "2",
        "--estimate",
        "0.8",
        "--se",
        "0.2",
    )
    assert got["looks"][-1]["futility_z"] == pytest.approx(got["looks"][-1]["z"])
    assert got["repeated"]["reject"] is True
    assert got["final"]["estimate"] < 0.8
    words = run("bounds", "--looks", "3", "--look", "1", "--estimate", "0.1", "--se", "0.2").stdout
    assert "chance to reject at the end" in words


def test_a_bound_that_cannot_be_crossed_is_null():
    got = document("bounds", "--looks", "0.0005,1", "--rule", "lan_demets_obf")
    assert got["looks"][0]["z"] is None


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from experiments.cli_ab import ab\n"
        "try:\n    ab(['--help'])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'scipy', 'numpy', 'pyarrow', 'pydantic'} & set(sys.modules)\nassert not heavy, heavy"
    )
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert got.returncode == 0, got.stderr
    assert "bounds" in got.stdout


def test_the_module_runs_by_itself():
    got = subprocess.run(
        [
            sys.executable,
            "-m",
            "experiments.cli_ab",
            "bounds",
            "--looks",
            "1",
            "--alpha",
            "0.05",
            "--sides",
            "2",
            "--format",
            "json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert got.returncode == 0, got.stderr
    assert json.loads(got.stdout)["looks"][0]["z"] == pytest.approx(1.959964, abs=1e-6)
