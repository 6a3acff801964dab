"""`duecourse compare`: its document, its table, and that a digest depends on nothing but strategy, portfolio and luck."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.cli.console import STRATEGIES, Played, compare, duecourse, write_project

WITH_ERROR = ("recovery_minor", "cost_minor", "net_minor", "cure_rate", "complaints_per_1000")
PLAIN = ("promises", "opt_outs", "occupancy", "starved_actions")
DIFFERENCES = ("net_minor", "recovery_minor", "cost_minor", "complaints_per_1000")
CHANNELS = {"sms", "call", "bot_call", "visit"}


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def test_the_document_has_every_key_of_the_contract(small: Played) -> None:
    """Names, types and shapes are those that scripts rely on."""
    document = small.document
    assert document["schema"] == "duecourse/compare/1"
    assert (document["scenario"], document["replications"], document["engine"]) == ("small", 3, "compiled")
    assert 200 < document["borrowers"] <= document["accounts"] == 300
    assert Path(document["run_dir"]) == small.folder
    assert [strategy["name"] for strategy in document["strategies"]] == list(STRATEGIES)
    for strategy in document["strategies"]:
        assert len(strategy["digest"]) == 32
        assert int(strategy["digest"], 16) >= 0
        for name in WITH_ERROR:
            assert set(strategy[name]) == {"mean", "se"}
            assert all(is_number(value) for value in strategy[name].values())
        assert all(is_number(strategy[name]) for name in PLAIN)
        assert set(strategy["attempts"]) == CHANNELS
        assert all(is_number(value) for value in strategy["attempts"].values())


def test_contrasts_are_against_do_nothing_and_the_champion(small: Played) -> None:
    """Each strategy meets both, and no strategy meets itself."""
    found = [(contrast["strategy"], contrast["against"]) for contrast in small.document["contrasts"]]
    assert found == [("sms_only", "do_nothing"), ("call_ladder", "do_nothing"), ("gentle", "do_nothing"),
                     ("sms_only", "call_ladder"), ("gentle", "call_ladder")]
    for contrast in small.document["contrasts"]:
        assert -3 <= contrast["variance_reduction"] <= 1
        for name in DIFFERENCES:
            low, high = contrast[name]["ci95"]
            assert low <= contrast[name]["estimate"] <= high


def test_differences_are_those_of_the_means(small: Played) -> None:
    """An estimate of a contrast is the difference of the two strategies' means; net is recovery less cost."""
    by_name = {strategy["name"]: strategy for strategy in small.document["strategies"]}
    for contrast in small.document["contrasts"]:
        a, b = by_name[contrast["strategy"]], by_name[contrast["against"]]
        for name in DIFFERENCES:
            assert contrast[name]["estimate"] == pytest.approx(a[name]["mean"] - b[name]["mean"], abs=1e-6)
    for strategy in by_name.values():
        net = strategy["recovery_minor"]["mean"] - strategy["cost_minor"]["mean"]
        assert strategy["net_minor"]["mean"] == pytest.approx(net, abs=1e-6)


def test_intervals_and_variance_reduction_follow_their_formulas(small: Played) -> None:
    """t interval of paired differences, and 1 - Var(A - B) / (Var A + Var B), from the values by replication."""
    t975_2_degrees = 4.302652729911275  # Student's t, 2 degrees of freedom: any statistical table has 4.303
    result = small.result
    for contrast in small.document["contrasts"]:
        a = result.strategy(contrast["strategy"]).values["net_minor"]
        b = result.strategy(contrast["against"]).values["net_minor"]
        half = t975_2_degrees * np.std(a - b, ddof=1) / math.sqrt(3)
        low, high = contrast["net_minor"]["ci95"]
        assert (high - low) / 2 == pytest.approx(half)
        saved = 1 - np.var(a - b, ddof=1) / (np.var(a, ddof=1) + np.var(b, ddof=1))
        assert contrast["variance_reduction"] == pytest.approx(saved)


def test_do_nothing_does_nothing(small: Played) -> None:
    """Without a strategy there is no attempt, no cost, no promise, no starved action and no busy agent."""
    nothing = small.document["strategies"][-1]
    assert nothing["attempts"] == dict.fromkeys(CHANNELS, 0.0)
    assert [nothing[name] for name in PLAIN] == [0, 0, 0, 0]
    assert nothing["cost_minor"] == {"mean": 0, "se": 0}
    assert nothing["recovery_minor"]["mean"] > 0, "people also pay by themselves"


def test_progress_is_on_stderr_alone(small: Played) -> None:
    """What is being done is told, but not where the document goes."""
    assert "small: 12 worlds in " in small.stderr
    assert "writing event log, tables and report" in small.stderr


def test_files_of_the_run_folder_add_up_to_the_document(small: Played) -> None:
    """Sums over accounts.parquet and daily.parquet, and the cells of summary.csv, are the numbers of the document."""
    accounts = pq.read_table(small.folder / "accounts.parquet")
    daily = pq.read_table(small.folder / "daily.parquet")
    with (small.folder / "summary.csv").open(encoding="utf-8-sig", newline="") as handle:
        summary = {(row["strategy"], row["against"], row["metric"]): row for row in csv.DictReader(handle)}
    for strategy in small.document["strategies"]:
        name, recovery = strategy["name"], strategy["recovery_minor"]["mean"]
        own = accounts.filter(pc.equal(accounts["strategy"], name))
        days = daily.filter(pc.equal(daily["strategy"], name))
        assert own.num_rows == 300
        assert days.num_rows == 3 * 20
        assert pc.sum(own["mean_paid_minor"]).as_py() == pytest.approx(recovery)
        assert pc.sum(days["recovery_minor"]).as_py() / 3 == pytest.approx(recovery)
        assert pc.sum(own["mean_attempts"]).as_py() == pytest.approx(sum(strategy["attempts"].values()))
        for channel, mean in strategy["attempts"].items():
            assert pc.sum(days[f"attempts_{channel}"]).as_py() / 3 == pytest.approx(mean)
        assert pc.sum(own["mean_promises"]).as_py() == pytest.approx(strategy["promises"])
        assert pc.sum(own["mean_cured"]).as_py() / 300 == pytest.approx(strategy["cure_rate"]["mean"])
        for metric in WITH_ERROR:
            row = summary[name, "", metric]
            assert float(row["estimate"]) == pytest.approx(strategy[metric]["mean"])
            assert float(row["se"]) == pytest.approx(strategy[metric]["se"])
        kinds = sum(kind["mean"] for kind in strategy["cost_by_kind"].values())
        assert kinds == pytest.approx(strategy["cost_minor"]["mean"])
    for contrast in small.document["contrasts"]:
        row = summary[contrast["strategy"], contrast["against"], "net_minor"]
        assert [float(row["ci95_low"]), float(row["ci95_high"])] == pytest.approx(contrast["net_minor"]["ci95"])


def test_the_run_folder_holds_what_it_promises(small: Played) -> None:
    """Every file of the list is there, and nothing hidden."""
    names = {item.name for item in small.folder.iterdir()}
    assert names == {"manifest.json", "summary.csv", "accounts.parquet", "daily.parquet", "events.parquet", "result.npz",
                     "report.html", "report.xlsx"}
    assert [item.name for item in small.folder.parent.iterdir() if item.name.startswith(".")] == []


def test_the_reference_engine_gives_the_same_digests(small: Played, project: Path, tmp_path: Path) -> None:
    """SimPy processes and compiled loops live the same lives."""
    found = compare(project, tmp_path / "run", "--engine", "reference")
    assert found.document["engine"] == "reference"
    assert found.digests == small.digests


def test_worker_processes_change_no_digest(small: Played, project: Path, tmp_path: Path) -> None:
    """Two workers give what one gives."""
    assert compare(project, tmp_path / "run", "--jobs", "2").digests == small.digests


def test_removing_a_strategy_changes_no_other(small: Played, project: Path, tmp_path: Path) -> None:
    """Strategies share luck, not worlds."""
    found = compare(project, tmp_path / "run", "--set", "strategies=[gentle.yaml, call_ladder]")
    assert set(found.digests) == {"gentle", "call_ladder", "do_nothing"}
    assert found.digests == {name: small.digests[name] for name in found.digests}


def portfolio_csv(path: Path, order: np.ndarray) -> Path:
    """Write a real portfolio of 120 accounts, some of one borrower, with rows in an order."""
    rng = np.random.default_rng(7)
    rows = [(f"A{n:04d}", f"P{n // 2 if n < 20 else n:04d}", f"{rng.integers(100, 90_000) / 10:.2f}", rng.integers(1, 120))
            for n in range(120)]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["account_id", "person_id", "balance", "dpd"])
        writer.writerows(rows[n] for n in order)
    return path


def test_the_order_of_rows_changes_no_digest(project: Path, tmp_path: Path) -> None:
    """A portfolio sorted otherwise is the same portfolio."""
    sorted_file = portfolio_csv(tmp_path / "sorted.csv", np.arange(120))
    shuffled = portfolio_csv(tmp_path / "shuffled.csv", np.random.default_rng(1).permutation(120))
    one = compare(project, tmp_path / "one", "--portfolio", sorted_file)
    two = compare(project, tmp_path / "two", "--portfolio", shuffled)
    assert one.document["accounts"] == 120
    assert one.document["borrowers"] == 110
    assert one.digests == two.digests
    assert len(set(one.digests.values())) == 4


def test_set_seed_and_replications_change_what_they_name(small: Played, project: Path, tmp_path: Path) -> None:
    """--set changes a value, --replications how often, --seed everybody's luck."""
    shorter = compare(project, tmp_path / "a", "--set", "horizon.days=10", "--replications", "2").document
    assert (shorter["days"], shorter["replications"]) == (10, 2)
    seeded = compare(project, tmp_path / "b", "--seed", "5")
    again = compare(project, tmp_path / "c", "--seed", "5")
    assert seeded.digests == again.digests
    assert all(seeded.digests[name] != small.digests[name] for name in STRATEGIES)
    behaviour = compare(project, tmp_path / "d", "--set", "seeds.behaviour=5")
    assert behaviour.document["accounts"] == small.document["accounts"]
    assert all(behaviour.digests[name] != small.digests[name] for name in STRATEGIES)


def test_one_replication_has_no_interval_and_says_so(project: Path, tmp_path: Path) -> None:
    """What cannot be estimated is null in the document, and words in the table; never nan."""
    found = compare(project, tmp_path / "run", "--replications", "1")
    contrast = found.document["contrasts"][0]
    assert contrast["net_minor"]["ci95"] == [None, None]
    assert contrast["variance_reduction"] is None
    assert found.document["strategies"][0]["net_minor"]["se"] is None
    table = duecourse("compare", project, "--replications", "1", "--jobs", "1", "--out", tmp_path / "table").stdout
    assert "one replication: no interval" in table
    assert "Only one replication" in table
    assert "nan" not in table


def test_the_table_names_metrics_strategies_and_the_report(project: Path, tmp_path: Path) -> None:
    """A planner reads numbers in major units, the champion's mark, intervals with their meaning, and where the report is."""
    done = duecourse("compare", project, "--jobs", "1", "--out", tmp_path / "run")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("small: 300 accounts of ")
    assert lines[1].split()[-4:] == ["call_ladder", "*", "gentle", "do_nothing"]
    result = compare(project, tmp_path / "json").document["strategies"][0]
    recovery = next(line for line in lines if line.startswith("Recovery (CNY)"))
    assert recovery.split()[2] == f"{result['recovery_minor']['mean'] / 100:,.0f}"
    assert "Monte-Carlo error only" in done.stdout
    assert "roster avoidable" in done.stdout
    assert not any(line.startswith("attempts: visit") for line in lines), "channels that nobody uses take no row"
    assert lines[-1] == f"Report: {tmp_path / 'run' / 'report.html'}"


def test_words_come_in_chinese(project: Path, tmp_path: Path) -> None:
    """--lang zh: table, warnings and report."""
    done = duecourse("compare", project, "--lang", "zh", "--replications", "1", "--jobs", "1", "--out", tmp_path / "run")
    assert "回收金额 (CNY)" in done.stdout
    assert "仅一次重复" in done.stdout
    assert "Behaviour values" not in done.stdout
    assert '<html lang="zh' in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")[:400]


def test_csv_holds_one_row_a_strategy_and_metric(project: Path, tmp_path: Path) -> None:
    """--format csv is plain CSV on stdout."""
    done = duecourse("compare", project, "--format", "csv", "--jobs", "1", "--out", tmp_path / "run")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["strategy"] for row in rows} == set(STRATEGIES)
    per_strategy = len(rows) / len(STRATEGIES)
    assert per_strategy == len({row["metric"] for row in rows})


def test_a_dry_run_writes_and_plays_nothing(project: Path) -> None:
    """--dry-run says what would run, as text and as one document."""
    before = sorted(project.parent.iterdir())
    done = duecourse("compare", project, "--dry-run")
    assert done.exit_code == 0
    assert "12 worlds" in done.stdout
    assert "Nothing was run." in done.stdout
    document = json.loads(duecourse("compare", project, "--dry-run", "--format", "json").stdout)
    assert document["schema"] == "duecourse/dry-run/1"
    assert (document["worlds"], document["strategies"]) == (12, list(STRATEGIES))
    assert sorted(project.parent.iterdir()) == before


def test_quiet_says_nothing_and_verbose_says_more(project: Path, tmp_path: Path) -> None:
    """-q empties stderr; -v tells portfolio, seeds and workers."""
    few = ("--replications", "1", "--jobs", "1")
    assert duecourse("compare", project, *few, "-q", "--out", tmp_path / "a").stderr == ""
    stderr = duecourse("compare", project, *few, "-v", "--out", tmp_path / "b").stderr
    assert "portfolio: 300 accounts of " in stderr
    assert "4 worlds, engine compiled, 1 worker processes" in stderr


def test_without_a_name_runs_go_side_by_side_under_runs(project: Path) -> None:
    """Default folders are runs/NAME-TIME, and two in one second do not meet."""
    few = ("--replications", "1", "--jobs", "1", "--set", "horizon.days=2", "--format", "json")
    folders = [json.loads(duecourse("compare", project, *few).stdout)["run_dir"] for _ in range(2)]
    assert len(set(folders)) == 2
    assert all(Path(folder).parent == Path("runs") and (Path(folder) / "manifest.json").is_file() for folder in folders)


def test_a_run_folder_is_never_overwritten(project: Path, tmp_path: Path) -> None:
    """--out with something in it is refused before anything is played; an empty folder is taken."""
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine", encoding="utf-8")
    done = duecourse("compare", project, "--out", taken)
    assert done.exit_code == 2
    assert f"--out: got {taken}, expected a folder that does not exist yet, or an empty one." in done.stderr
    assert [item.name for item in taken.iterdir()] == ["notes.txt"]
    empty = tmp_path / "empty"
    empty.mkdir()
    compare(project, empty, "--replications", "1", "--set", "horizon.days=2")
    assert (empty / "manifest.json").is_file()


@pytest.mark.real_data
@pytest.mark.slow
def test_the_card_portfolio(real_data_dir: Path, tmp_path: Path) -> None:
    """5,129 of 6,818 late card accounts have something to pay; the rest are counted where they were left out."""
    file = real_data_dir / "taiwan_credit_card.csv.gz"
    scenario = Path(__file__).parents[2] / "scenarios" / "card_portfolio.yaml"
    found = compare(scenario, tmp_path / "run", "--portfolio", file, "--replications", "2", "--jobs", "2")
    document = found.document
    assert (document["accounts"], document["borrowers"], document["days"]) == (5129, 5129, 90)
    assert [strategy["name"] for strategy in document["strategies"]] == [
        "sms_only", "call_ladder", "multichannel", "personalised", "do_nothing"]
    left_out = {entry["rule"]: entry["accounts"] for entry in document["excluded"]}
    assert left_out["balance <= 0"] == 6818 - 5129
    assert sum(left_out.values()) == 30_000 - 5129
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["portfolio"]["rows_read"] == 30_000
    assert manifest["portfolio"]["excluded"] == document["excluded"]
    assert len(manifest["portfolio"]["sha256"]) == 64
    assert any("assumed" in note for note in manifest["portfolio"]["assumptions"])
    assert manifest["digests"] == found.digests
    nothing = document["strategies"][-1]
    assert all(strategy["recovery_minor"]["mean"] > nothing["recovery_minor"]["mean"] for strategy in document["strategies"][:-1])


def test_a_portfolio_file_of_another_scenario_needs_no_mapping(tmp_path: Path) -> None:
    """--portfolio on a synthetic scenario reads the file by header aliases instead of drawing."""
    scenario = write_project(tmp_path / "p")
    file = portfolio_csv(tmp_path / "p" / "own.csv", np.arange(120))
    document = json.loads(duecourse("validate", scenario, "--portfolio", file, "--format", "json").stdout)
    assert (document["accounts"], document["borrowers"]) == (120, 110)
