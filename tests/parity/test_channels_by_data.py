"""Channels that only YAML knows: e-mail and app push run in both engines to the bit, and no code names them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import scenarios
from sim import Options, Row, load, luck_of, simulate
from tests.architecture import source

PATH = Path(scenarios.__file__).parent / "digital_channels.yaml"


@pytest.fixture(scope="module")
def loaded():
    return load(PATH, Options(settings=("portfolio.synthetic.stock=250", "portfolio.synthetic.inflow_per_day=5",
                                        "horizon.days=20")))


@pytest.fixture(scope="module")
def runs(loaded):
    luck = luck_of(loaded.scenario.seeds, 0)
    return [simulate(loaded.setting, [loaded.strategy("digital_first")], luck, engine=engine)
            for engine in ("compiled", "reference")]


def test_both_engines_write_the_same_log(runs):
    compiled, reference = runs
    assert compiled.digest == reference.digest
    assert np.array_equal(compiled.rows, reference.rows)


def test_both_channels_are_sent_read_and_counted(loaded, runs):
    rows, names = runs[0].rows, loaded.setting.channel_names
    for channel in ("email", "app_push"):
        place = names.index(channel)
        sent = (rows["row"] == Row.ATTEMPT) & (rows["channel"] == place)
        read = (rows["row"] == Row.READ) & (rows["channel"] == place)
        assert 0 < read.sum() < sent.sum() == runs[0].outcomes.attempts[channel]


def test_no_code_knows_the_channels_by_name():
    # `email` is also one of the nine names of the contact rules, so only the other can be looked for.
    for module in source.modules():
        assert "app_push" not in (source.ROOT / module.name).read_text(encoding="utf-8"), module.name
