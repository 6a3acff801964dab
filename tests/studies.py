"""A study small enough for tests: 600 accounts, one text, one target that can be met, one prediction of each kind."""

from __future__ import annotations

from pathlib import Path

from experiments.study.loading import Study, load_study

TINY = """\
study: tiny
title: A text
question: What does a text do?
source: nobody
populations:
  late:
    about: accounts on their first day past due
    scenario:
      extends: enough_capacity
      portfolio:
        synthetic:
          name: late
          currency: CNY
          stock: 600
          linked_share: 0
          number_valid: 1
          balance: {median: 2400, sigma: 0.9, low: 100, high: 60000}
          dpd: [{low: 1, high: 1, weight: 1}]
          products: {loan: 1}
          regions: {east: 1}
      horizon: {days: 40}
      calendar: {start: 2025-09-01, zone: Asia/Shanghai}
      currency: {code: CNY, minor_per_major: 100}
      channels:
        sms:
          contents:
            tried: {log_odds: {value: 0.2, low: 0.0, high: 3.0, unit: log-odds, source: assumed}}
            other: {log_odds: {value: 0.2, low: 0.0, high: 3.0, unit: log-odds, source: assumed}}
      strategies:
        - {strategy: text, exclude: [dispute], segments: [{name: otherwise, sequence: [{day: 1, sms: tried, at: "10:00"}]}]}
        - {strategy: same, exclude: [dispute], segments: [{name: otherwise, sequence: [{day: 1, sms: other, at: "10:00"}]}]}
arms:
  none: {population: late}
  text: {population: late, strategy: text}
  same: {population: late, strategy: same, same_as: {channels.sms.contents.other.log_odds: channels.sms.contents.tried.log_odds}}
  mixed: {mean_of: [none, text]}
outcomes:
  cured_10: {measure: cured, days: 10}
  cured_20: {measure: cured, days: 20}
  arrived: {measure: reached, days: 10, touch: delivered, channel: sms}
calibrated:
  - outcome: cured_10
    arm: none
    target: 40
    source: made up
    parameter: {keys: ["behaviour.payment.self_cure_per_day.*"], scale: [0.1, 3]}
  - outcome: cured_10
    arm: text
    against: none
    target: 8
    source: made up
    parameter: {keys: [channels.sms.contents.tried.log_odds]}
predictions:
  - {outcome: cured_20, arm: text, against: none, lead: true}
  - {outcome: cured_10, arm: text, against: none, per: delivered}
  - {outcome: cured_10, arm: text, against: none, relative: true}
  - {outcome: cured_10, arm: mixed}
  - {outcome: arrived, arm: text, band: [80, 100]}
  - {outcome: cured_20, arm: same, against: text}
  - {outcome: next_instalment_late, arm: text, against: none, days: 60, cannot: no later instalments here}
replications: {fit: 2, predict: 3}
tolerance: 0.3
"""


def write_tiny(folder: Path) -> Path:
    """Write the small study and return its path."""
    path = folder / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    return path


def tiny(folder: Path) -> Study:
    """Return the small study, loaded."""
    return load_study(write_tiny(folder), None)
