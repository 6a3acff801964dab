"""Replication 0 in full: event logs on file, and a few single lives for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.observed import observe
from experiments.results import LifeEvent, Observed
from sim import Loaded, Row, Run, life_of, luck_of, names_of, simulate, to_arrow


def sample_log(loaded: Loaded, path: Path) -> tuple[Mapping[str, tuple[LifeEvent, ...]], Mapping[str, Observed]]:
    """Play replication 0 of every strategy, write the logs; returns the lives of a few borrowers, and what each log shows."""
    runs: dict[str, Run] = {}
    observed: dict[str, Observed] = {}
    writer: pq.ParquetWriter | None = None
    for strategy in loaded.strategies:
        run = simulate(loaded.setting, [strategy], luck_of(loaded.scenario.seeds, 0))
        table = _plain(to_arrow(run.rows, names_of(loaded.setting, [strategy])))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        runs[strategy.name] = run
        observed[strategy.name] = observe(loaded, strategy, run.rows)
    if writer is not None:
        writer.close()
    return _lives(loaded, runs), observed


def _plain(table: pa.Table) -> pa.Table:
    """Turn dictionaries into texts: logs of several strategies then share a schema."""
    return table.cast(pa.schema([pa.field(f.name, pa.string() if pa.types.is_dictionary(f.type) else f.type)
                                 for f in table.schema]))


def _lives(loaded: Loaded, runs: Mapping[str, Run]) -> dict[str, tuple[LifeEvent, ...]]:
    """Return the lives of borrowers that show most: by default a kept promise, a broken one, and one never reached."""
    champion = runs[loaded.scenario.champion]
    chosen = _choose(champion, loaded.scenario.report.timelines)
    out = {}
    for person in chosen:
        events: list[LifeEvent] = []
        for name, run in runs.items():
            strategies = [loaded.strategy(name)]
            events += [LifeEvent(e.when, e.day, name, e.what, e.channel, e.amount_minor)
                       for e in life_of(loaded.setting, strategies, run, person)]
        account = str(loaded.portfolio.account_id[loaded.setting.first_accounts()[person]])
        out[account] = tuple(sorted(events, key=lambda event: event.when))
    return out


def _choose(run: Run, wanted: int) -> Sequence[int]:
    """Return persons, one for each of some kinds of story, the shortest that tells it."""
    persons = np.bincount(run.rows["person"][run.rows["person"] >= 0])
    chosen: list[int] = []
    for kind in (Row.PROMISE_KEPT, Row.PROMISE_BROKEN, Row.STARVED, Row.DISCLOSED, Row.CALL_BACK, Row.COMPLAINT):
        among = np.unique(run.rows["person"][run.rows["row"] == kind])
        among = among[~np.isin(among, chosen)]
        if len(among) and len(chosen) < wanted:
            chosen.append(int(among[np.argmin(persons[among])]))
    return chosen
