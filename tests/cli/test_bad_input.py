"""What a person gave us and that cannot be run: exit code 2, four parts, all faults together, nothing written."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from click.testing import Result

from tests.cli.console import SMALL, assert_refused, duecourse, start

FOUR_PARTS = re.compile(r"(?P<where>.+?): got (?P<got>.+?), expected (?P<expected>.+?)\. ?(?P<advice>.*)")
LAST = "Nothing was run or written."
HEAD = "strategy: gentle\nsegments:\n"
OTHERWISE = "  - {name: otherwise, sequence: []}\n"


def refused(project: Path, *parts: str, scenario: str | None = None, gentle: str | None = None,
            arguments: tuple[str, ...] = ()) -> Result:
    """Run `compare` with a changed scenario, strategy or option, and check how it is refused."""
    if scenario is not None:
        project.write_text(scenario, encoding="utf-8")
    if gentle is not None:
        (project.parent / "gentle.yaml").write_text(gentle, encoding="utf-8")
    done = duecourse("compare", project.name, *arguments)
    assert_refused(done, *parts, folder=project.parent)
    *messages, last = done.stderr.splitlines()
    assert messages
    for message in messages:
        assert FOUR_PARTS.fullmatch(message), message
    assert last.endswith(LAST)
    if len(messages) > 1:
        assert last.startswith(f"{len(messages)} faults.")
    return done


def changed(old: str, new: str) -> str:
    """Return the small scenario with one text changed."""
    assert SMALL.count(old) == 1
    return SMALL.replace(old, new)


def line_of(text: str, part: str) -> int:
    """Return the line on which a part of a text first stands."""
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(("old", "new", "where", "said"), [
    ("replications: 3", "replicatoins: 3", "replicatoins", "got the unknown key `replicatoins`"),
    ("days: 20", "days: 5min", "horizon.days", "got 5min, expected a whole number from 1 to 3660"),
    ("days: 20", "days: 0", "horizon.days", "got 0, expected a whole number from 1 to 3660"),
    ("replications: 3", "replications: many", "replications", "got many, expected a whole number"),
    ("Asia/Shanghai", "Asia/Shangai", "calendar.zone", "Did you mean `Asia/Shanghai`?"),
    ("extends: base", "extends: bsae", "extends", "got bsae, expected a file beside small.yaml or one of the shipped"),
    ("[sms_only,", "[sms_onl,", "strategies[0]", "Did you mean `sms_only`?"),
    ("champion: call_ladder", "champion: call_lader", "champion", "Did you mean `call_ladder`?"),
    ("champion: call_ladder", "champion: multichannel", "champion", "got multichannel, expected one of the strategies of this"),
    ("[sms_only,", "[sms_only, sms_only,", "strategies", "got sms_only, expected each strategy name once"),
    ("replications: 3", "rulepacks: [us.fedd]", "rulepacks[0]", "Did you mean `us.fed`?"),
    ("replications: 3", "rulepacks: [own.yaml]", "rulepacks[0]", "got own.yaml, expected a file beside small.yaml"),
    ("replications: 3", "rulepacks: [us.fed]\ncompliance: {switch_off: [us.x]}", "compliance.switch_off",
     "got us.x, expected the id"),
])
def test_a_value_of_the_scenario(project: Path, old: str, new: str, where: str, said: str) -> None:
    """File, line and key; what was given; what is allowed."""
    text = changed(old, new)
    refused(project, f"small.yaml:{line_of(text, new.splitlines()[-1])} {where}: ", said, scenario=text)


def test_a_percentage_is_no_probability(project: Path) -> None:
    """98 for a probability: the message names the slip."""
    text = SMALL + "channels: {sms: {message: {delivered: 98}}}\n"
    refused(project, f"small.yaml:{line_of(text, 'delivered')} channels.sms.message.delivered: got 98, expected a probability "
            "from 0 to 1. A percentage? 98 % is 0.98.", scenario=text)


def test_faults_of_one_file_are_reported_together(project: Path) -> None:
    """Three faults, three lines, in the order of the file."""
    text = changed("days: 20", "days: twenty").replace("replications: 3", "replications: 0\ncolour: red")
    done = refused(project, "3 faults. Correct them", scenario=text)
    lines = [int(found) for found in re.findall(r"^small\.yaml:(\d+)", done.stderr, flags=re.MULTILINE)]
    assert lines == sorted(lines)
    assert len(lines) == 3


def segment(when: str = "dpd <= 30", step: str = '{day: 1, sms: helpful, at: "10:00"}') -> str:
    """Return a strategy with one segment and one step, which stand on lines 4 and 6."""
    return f'{HEAD}  - name: early\n    when: "{when}"\n    sequence:\n      - {step}\n{OTHERWISE}'


@pytest.mark.parametrize(("text", "where", "said"), [
    (segment().removesuffix(OTHERWISE), "gentle.yaml:2 segments", "expected a last segment named `otherwise`"),
    (segment("__import__('os').system('true')"), "gentle.yaml:4 segments[0].when", "Expressions are data, not Python"),
    (segment("dpd.__class__ == 1"), "gentle.yaml:4 segments[0].when", "got a dotted name"),
    (segment("[x for x in [1]] == 1"), "gentle.yaml:4 segments[0].when", "Expressions are data, not Python"),
    (segment("dpdd < 3"), "gentle.yaml:4 segments[0].when", "Did you mean `dpd`?"),
    (segment(step='{day: 1, call: negotiate, window: "12:00-12:00"}'), "gentle.yaml:6 segments[0].sequence[0].window",
     "expected a window that opens before it closes"),
    (segment(step='{day: 1, call: negotiate, window: "20:00-10:00"}'), "gentle.yaml:6 segments[0].sequence[0].window",
     "A window over midnight is two."),
    (segment(step='{day: 1, call: negotiate, window: "21:00-22:00"}'),
     "gentle.yaml:6 segments[0].sequence[0] (early/1 call negotiate)",
     "got window 21:00-22:00, expected a window that meets the hours of desk.general (09:00-12:00, 13:00-18:00)"),
    (segment(step='{day: 1, call: negotiate, attempts: 2/day up to 4, retry: {no_answer: "+1d 21:00-22:00"}}'),
     "gentle.yaml:6 segments[0].sequence[0] (early/1 call negotiate)", "got retry of no_answer in the window 21:00-22:00"),
    (segment(step="{day: 1, sms: helpfull}"), "gentle.yaml:6 segments[0].sequence[0].sms", "Did you mean `helpful`?"),
    (segment(step="{day: 1, smss: helpful}"), "gentle.yaml:6 segments[0].sequence[0].smss", "Did you mean `sms`?"),
    (segment(step="{day: 1, call: negotiate, skill: boss}"), "gentle.yaml:6 segments[0].sequence[0].skill", "general, senior"),
    ("strategy: gentle\ninherits: gentle\n", "gentle.yaml:2 inherits", "Break the circle."),
    ("strategy: gentle\ninherits: champoin\n", "gentle.yaml:2 inherits", "Did you mean `champion`?"),
])
def test_a_strategy(project: Path, text: str, where: str, said: str) -> None:
    """A fault in a strategy's own file names that file."""
    refused(project, f"{where}: ", said, gentle=text)


def test_all_steps_that_cannot_be_carried_out_are_named(project: Path) -> None:
    """Two steps outside the desk's hours are two messages."""
    steps = '{day: 1, call: negotiate, window: "21:00-22:00"}\n      - {day: 2, call: firm, window: "06:00-07:00"}'
    refused(project, "gentle.yaml:6 ", "gentle.yaml:7 ", "2 faults", gentle=segment(step=steps))


def portfolio(folder: Path, text: str | bytes, name: str = "own.csv") -> tuple[str, str]:
    """Write a portfolio file and return the option that names it."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return ("--portfolio", name)


@pytest.mark.parametrize(("text", "name", "said"), [
    ("account_id,dpd\nA1,4\n", "own.csv", "got no column for balance or principal among account_id, dpd"),
    ("", "own.csv", "got an empty file"),
    ("account_id,balance,dpd\n", "own.csv", "got a table without rows"),
    (bytes(range(256)) * 9, "own.csv", "got binary data, expected text with one account a line"),
    ("x", "own.xlsx", "got unreadable content"),
    ("x", "own.parquet", "got unreadable content"),
    ("x", "own.csv.gz", "got a file that is not compressed"),
    ("x", "own.docx", "got a file ending in .docx"),
    ("account_id,balance,dpd,customer_name\nA1,10,4,Ann Lee\nA2,10,4,Bo Li\n", "own.csv",
     "column customer_name: got a header of names"),
    ("account_id,balance,dpd,entry_day\nA1,10,4,20\nA2,10,4,25\n", "own.csv",
     "got accounts that enter from 2025-09-21 on, all after the horizon, expected accounts that enter by 2025-09-20"),
    ("account_id,balance,dpd,contact\nA1,10,4,13800000000\nA2,10,4,13800000001\n", "own.csv",
     "column contact: got mobile numbers"),
])
def test_a_portfolio_file(project: Path, text: str | bytes, name: str, said: str) -> None:
    """The file is named, and what is wrong with it."""
    refused(project, f"{project.parent / name}", said, arguments=portfolio(project.parent, text, name))


def test_all_bad_rows_are_reported_together(project: Path) -> None:
    """Duplicate account, negative balance, text in a number: row, column and value of each."""
    text = "account_id,balance,dpd\nA1,100,4\nA1,100,4\nA2,-5,5\nA3,lots,5\nA4,50,late\n"
    refused(project, "row 3, column account_id: got 'A1', also in row 2, expected each account once",
            "row 4, column balance: got -5, expected an amount of 0 or more",
            "row 5, column balance: got 'lots', expected a number", "row 6, column dpd: got 'late', expected a number",
            "4 faults", arguments=portfolio(project.parent, text))


def test_a_truncated_archive(project: Path) -> None:
    """Half a gzip file is no portfolio."""
    whole = gzip.compress(b"account_id,balance,dpd\n" + b"".join(b"A%d,100,4\n" % n for n in range(5000)))
    refused(project, "own.csv.gz", arguments=portfolio(project.parent, whole[: len(whole) // 2], "own.csv.gz"))


def test_a_protected_column_needs_permission(project: Path) -> None:
    """Sex in `when:` is refused, and taken once the scenario allows it by name."""
    options = portfolio(project.parent, "account_id,balance,dpd,sex\nA1,100,4,1\nA2,100,4,2\n")
    refused(project, "gentle.yaml:4 segments[0].when: got the protected column `sex`", gentle=segment("sex == 1"),
            arguments=options)
    allowed = duecourse("validate", project.name, *options, "--set", "portfolio.allow_protected=[sex]")
    assert allowed.exit_code == 0, allowed.stderr


@pytest.mark.parametrize(("arguments", "said"), [
    (("--set", "horizon.days"), "--set horizon.days: got horizon.days, expected key=value"),
    (("--set", "horizon.dayz=4"), "Did you mean `days`?"),
    (("--set", "horizon.days=x"), "--set horizon.days: got x, expected a whole number"),
    (("--set", "channels.call.conversation.wrap_s.value=5min"), "Write a plain number"),
    (("--set", "channels.sms.message.delivered=98"), "98 % is 0.98"),
    (("--jobs", "0"), "--jobs: got 0, expected a number of worker processes"),
    (("--jobs", "-2"), "--jobs: got -2"),
    (("--portfolio", "nope.csv"), "nope.csv: got no such file"),
    (("--portfolio", "."), "got a folder, expected a portfolio's file"),
    (("--out", "small.yaml"), "--out: got small.yaml, which is a file, expected a folder"),
    (("--out", "small.yaml/x"), "--out: got small.yaml/x, which cannot be made"),
])
def test_an_option(project: Path, arguments: tuple[str, ...], said: str) -> None:
    """An option is named as it was written."""
    refused(project, said, arguments=arguments)


@pytest.mark.parametrize("arguments", [("--jobs", "two"), ("--replications", "0"), ("--engine", "fast"), ("--nonsense",),
                                       ("--format", "pdf")])
def test_usage(project: Path, arguments: tuple[str, ...]) -> None:
    """What the command line itself can tell is said with its usage, and exits with 2, too."""
    assert_refused(duecourse("compare", project, *arguments), "Usage: ", "Error: ", folder=project.parent)


@pytest.mark.parametrize(("content", "said"), [
    (None, "got no such file, expected a YAML file"), (b"", "got nothing, expected a map of keys"),
    (bytes(range(256)), "Save the file as UTF-8; is it a YAML file at all?"), (b"- a\n- b\n", "got a list, expected a map"),
    (b"a: [1\n", "Check indentation, quotes and brackets."), (b"a:\n\tb: 1\n", "Indent with spaces, not tabs."),
])
def test_a_file_that_is_no_scenario(project: Path, content: bytes | None, said: str) -> None:
    """Missing, empty, binary, a list, broken YAML."""
    if content is None:
        project.unlink()
    else:
        project.write_bytes(content)
    refused(project, "small.yaml", said)


def test_a_path_through_a_file(project: Path) -> None:
    """What cannot be opened at all is said so."""
    done = duecourse("compare", project / "inner.yaml")
    assert_refused(done, "inner.yaml: got Not a directory, expected a readable YAML file.", folder=project.parent)


def test_a_folder_for_a_scenario(project: Path) -> None:
    """The files in it are named."""
    done = duecourse("compare", project.parent)
    assert_refused(done, "got a folder, expected a scenario's YAML file", "gentle.yaml, small.yaml", folder=project.parent)


def test_a_file_without_permission(project: Path) -> None:
    """What may not be read is said so."""
    project.chmod(0)
    try:
        project.read_bytes()
    except PermissionError:
        refused(project, "small.yaml: got Permission denied, expected a readable YAML file")
    else:
        pytest.skip("this user may read everything")
    finally:
        project.chmod(0o644)


def test_other_commands_refuse_alike(project: Path) -> None:
    """validate, describe, plan and run say the same about the same fault."""
    project.write_text(changed("days: 20", "days: -20"), encoding="utf-8")
    for command in ("validate", "describe", "plan", "run"):
        assert_refused(duecourse(command, project.name), "small.yaml:16 horizon.days: got -20", LAST, folder=project.parent)


def test_an_unknown_strategy_by_option(project: Path) -> None:
    """--strategy names one of the scenario's."""
    for command in ("run", "plan"):
        assert_refused(duecourse(command, project, "--strategy", "call_lader"), "--strategy: got call_lader, expected one of",
                       "Did you mean `call_ladder`?", folder=project.parent)


def test_no_traceback_in_a_process_of_its_own(project: Path) -> None:
    """The installed command ends with 2, prints nothing on stdout and no traceback."""
    project.write_text(changed("days: 20", "days: x"), encoding="utf-8")
    with start("compare", "small.yaml", folder=project.parent) as process:
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 2
    assert stdout == ""
    assert "Traceback" not in stderr
    assert stderr.startswith("small.yaml:16 horizon.days: got x")
