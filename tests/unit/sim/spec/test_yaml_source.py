"""YAML keeps the place of every value, and every fault is said with file, line, key and what to do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sim.errors import InputError, InputErrors
from sim.spec.yaml_source import load_extended, load_yaml, merge, overrides, part, validate

PERCENTAGE = "got 98, expected a probability from 0 to 1. A percentage? 98 % is 0.98."
RING = "expected a whole number above 0 and at most 300."
KEYS = "expected one of cost, delivered, kind, ring_s. Did you mean `delivered`?"
TOP = "expected one of channels, days, seeds."


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Channel(Model):
    kind: Literal["batch", "desk"]
    delivered: float = Field(ge=0, le=1)
    ring_s: int | None = Field(default=None, gt=0, le=300)
    cost: float | list[float] = 0.0


class Scenario(Model):
    channels: dict[str, Channel]
    days: Annotated[int, Field(ge=1, le=1200)] = 90
    seeds: dict[str, int] = Field(default_factory=dict)


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def _write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def message(call):
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


def test_plain_data_of_every_kind(write):
    path = write(
        "a.yaml",
        "\ufeffa: 2025-09-30\nb: 1e3\nc: yes\nd: true\ne: ~\non: [x, 1]\nf: -1d\ng: 10:00\n7: seven\n",
    )
    assert load_yaml(path).data == {
        "a": date(2025, 9, 30),
        "b": 1000.0,
        "c": "yes",
        "d": True,
        "e": None,
        "on": ["x", 1],
        "f": "-1d",
        "g": "10:00",
        7: "seven",
    }


def test_where_names_file_line_and_key_or_the_nearest_parent(write):
    document = load_yaml(write("card.yaml", "days: 3\nchannels:\n  sms:\n    costs: [1,\n      2]\n"))
    assert document.where(("channels", "sms", "costs", 1)) == "card.yaml:5 channels.sms.costs[1]"
    assert document.where(("channels", "sms", "nope")) == "card.yaml:3 channels.sms.nope"
    assert document.where() == "card.yaml:1"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "a: 1\nb:\n  c: 1\n  c: 2\n",
            "bad.yaml:4 b.c: got `c` twice, expected each key once. It stands already at line 3",
        ),
        ("a:\n\tb: 1\n", "bad.yaml:2: got b: 1, expected YAML (found character '\\t'"),
        (b"a: 1\nb: \xff\xfe", "bad.yaml:2: got byte 0xff, expected text in UTF-8."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "bad.yaml:1: got byte 0x89"),
        (b"a: 1\nb: \x01", "bad.yaml:2: got unacceptable character #x0001"),
        ("a: 1\n---\nb: 2\n", "bad.yaml:2: got ---, expected one document a file."),
        ("x: &x [1, *x]\n", "bad.yaml:1 x[1]: got an alias of the value it stands in"),
        (
            "x: 1\ny: !!python/name:os.system ls\n",
            "bad.yaml:2 y: got the tag !!python/name:os.system, expected plain YAML",
        ),
        ("[" * 5000, "bad.yaml:1: got too deeply nested values"),
        ("a: *b\n", "bad.yaml:1: got a: *b, expected YAML (found undefined alias 'b')"),
        ("a: [1, 2\nb: 3\n", "bad.yaml:2: got b: 3, expected YAML"),
        ("a: b: c\n", "Put a text that holds `: ` in quotes"),
        ("1.5: a\n", "bad.yaml:1: got the key 1.5, expected a text or whole number"),
        ("? [a]\n: b\n", "bad.yaml:1: got the key a map or list"),
        ("a: 2025-02-31\n", "bad.yaml:1 a: got 2025-02-31, expected a timestamp"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_at_its_line(write, content, says):
    path = write("bad.yaml", content)
    assert says in message(lambda: load_yaml(path))


def test_an_alias_bomb_is_an_error_not_a_full_memory(write):
    rows = ["a: &a [1,1,1,1,1,1,1,1,1]"]
    rows += [f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]" for i in range(8)]
    path = write("bomb.yaml", "\n".join(rows))
    assert "more than 200000 values" in message(lambda: load_yaml(path))


def test_a_missing_file_names_the_nearest_and_a_folder_is_no_file(write, tmp_path):
    write("card.yaml", "a: 1")
    assert "Did you mean `card.yaml`?" in message(lambda: load_yaml(tmp_path / "crad.yaml"))
    assert "expected a readable YAML file" in message(lambda: load_yaml(tmp_path))


def test_anchors_and_merges_keep_their_own_lines(write):
    document = load_yaml(write("a.yaml", "x: &x {a: 1, b: 2}\ny:\n  b: 9\n  <<: *x\n"))
    assert document.data["y"] == {"a": 1, "b": 9}
    assert document.where(("y", "a")) == "a.yaml:1 y.a"
    assert document.where(("y", "b")) == "a.yaml:3 y.b"
    assert document.where(("y",)) == "a.yaml:2 y"


def test_extends_merges_maps_replaces_lists_and_keeps_places(write):
    write("base.yaml", "a: {x: 1, y: 2}\nl: [1, 2, 3]\nz: 1\n")
    path = write("kid.yaml", "extends: base.yaml\na:\n  y: 5\nl: [9]\n")
    document = load_extended(path)
    assert document.data == {"a": {"x": 1, "y": 5}, "l": [9], "z": 1}
    assert document.where(("a", "x")) == "base.yaml:1 a.x"
    assert document.where(("a", "y")) == "kid.yaml:3 a.y"
    assert document.where(("l", 2)) == "kid.yaml:4 l[2]"  # the base's third item is gone, with its place


def test_extends_in_a_circle_or_to_nowhere_is_an_error(write):
    one = write("one.yaml", "extends: two.yaml\n")
    write("two.yaml", "extends: one.yaml\n")
    write("base.yaml", "a: 1\n")
    lost = write("lost.yaml", "\nextends: bose.yaml\n")
    assert "two.yaml:1 extends: got one.yaml" in message(lambda: load_extended(one))
    assert message(lambda: load_extended(lost)) == (
        "lost.yaml:2 extends: got bose.yaml, expected a YAML file that exists. Did you mean `base.yaml`?"
    )


def test_merging_something_else_than_maps_is_an_error(write):
    base, child = load_yaml(write("base.yaml", "a: 1")), load_yaml(write("kid.yaml", "- 1"))
    assert "expected a map of keys" in message(lambda: merge(base, child))


def test_settings_override_and_are_named_in_later_messages(write):
    document = load_yaml(
        write("a.yaml", "channels:\n  sms: {kind: batch, delivered: 0.9, cost: [1, 2]}\ndays: 30\n")
    )
    changed = overrides(
        document, ["channels.sms.delivered=98", "channels.sms.cost[1]=5", "seeds={behaviour: 3}"], Scenario
    )
    assert changed.data["channels"]["sms"] == {"kind": "batch", "delivered": 98, "cost": [1, 5]}
    assert changed.data["seeds"] == {"behaviour": 3}
    assert document.data["channels"]["sms"]["cost"] == [1, 2]
    assert message(lambda: validate(changed, Scenario)) == (
        f"--set channels.sms.delivered: {PERCENTAGE}"
    )


def test_wrong_settings_are_reported_together_with_the_nearest_key(write):
    document = load_yaml(write("a.yaml", "channels:\n  sms: {kind: batch, delivered: 0.9}\ndays: 30\n"))
    said = message(
        lambda: overrides(
            document, ["channels.smss.kind=x", "dayz=1", "days", "days.x=1", "days=[1", "seeds.behaviour=3"]
        )
    )
    assert [line.split(":")[0] for line in said.splitlines()] == [
        "--set channels.smss.kind",
        "--set dayz",
        "--set days",
        "--set days.x",
        "--set days",
        "--set seeds.behaviour",
    ]
    assert "Did you mean `sms`?" in said
    assert "Did you mean `days`?" in said
    assert overrides(document, ["seeds.behaviour=3"], Scenario).data["seeds"] == {"behaviour": 3}


def test_all_faults_of_a_file_are_reported_in_its_order_in_plain_words(write):
    document = load_yaml(
        write(
            "card.yaml",
            """channels:
  sms:
    kind: batc
    delivered: 98
    ring_s: 5min
    cost: many
  call: {kind: desk, delivred: 1, ring_s: 900}
days: 2.5
dayz: 3
""",
        )
    )
    assert message(lambda: validate(document, Scenario)).splitlines() == [
        "card.yaml:3 channels.sms.kind: got batc, expected one of batch, desk. Did you mean `batch`?",
        f"card.yaml:4 channels.sms.delivered: {PERCENTAGE}",
        f"card.yaml:5 channels.sms.ring_s: got 5min, {RING} Write seconds as a plain number: 300.",
        "card.yaml:6 channels.sms.cost: got many, expected a number or a list.",
        "card.yaml:7 channels.call: got no `delivered`, expected the key `delivered`. Add `delivered:`.",
        f"card.yaml:7 channels.call.ring_s: got 900, {RING}",
        f"card.yaml:7 channels.call.delivred: got the unknown key `delivred`, {KEYS}",
        "card.yaml:8 days: got 2.5, expected a whole number from 1 to 1200.",
        f"card.yaml:9 dayz: got the unknown key `dayz`, {TOP} Did you mean `days`?",
    ]


def test_a_valid_document_becomes_its_model_and_an_empty_one_an_error(write):
    document = load_yaml(write("a.yaml", "channels: {sms: {kind: batch, delivered: 0.9}}\n"))
    assert validate(document, Scenario).channels["sms"].delivered == 0.9
    assert validate(document, Channel, ("channels", "sms")).kind == "batch"
    empty = load_yaml(write("empty.yaml", ""))
    assert message(lambda: validate(empty, Scenario)).startswith(
        "empty.yaml:1: got nothing, expected a map of keys"
    )
    with pytest.raises(InputErrors):
        validate(load_yaml(write("b.yaml", "days: 0\n")), Scenario)


def test_a_part_keeps_the_line_and_key_of_the_whole(write):
    document = load_yaml(write("a.yaml", "list:\n  - {x: 1}\n  - {y: [5,\n    6]}\n"))
    inner = part(document, ("list", 1))
    assert inner.data == {"y": [5, 6]}
    assert inner.where(("y", 1)) == "a.yaml:4 list[1].y[1]"
    assert inner.where(("z",)) == "a.yaml:3 list[1].z"
