"""`ab run` as tables of text, and in words what can be believed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from experiments.ab_run import Experiment
from experiments.beyond import FaultRow, WorthRow
from experiments.cli_run import text_table
from experiments.diagnose import DesignRow
from experiments.faults import DIAGNOSTICS
from experiments.shipping import ProxyRow, ShipRow
from experiments.truth import FIRST
from experiments.variants import Variants
from sim.spec.experiment import ExperimentSpec

ENOUGH = 20
"""Replications below which nobody is accused of bias."""
PILOT = 0.3
"""A test that treats no more than this share of the portfolio is read as a pilot."""


def tables_of(got: Experiment, variants: Variants, warnings: Sequence[str]) -> str:
    """Return everything that was found, as a person reads it."""
    spec = variants.spec
    parts = [_designs(got, spec), _families(got), _looks(got, spec), _ships(got.ships, spec), _proxies(got.proxies, spec),
             _faults(got.faults), _impulses(got, spec), _worth(got.worth, variants)]
    said = [*(f"! before the run: {text}" for text in warnings), *_verdicts(got, spec),
            *_pilots(got, spec, variants.loaded.portfolio.accounts)]
    return "\n\n".join([*(part for part in parts if part), *(["\n".join(said)] if said else [])])


def _scale(spec: ExperimentSpec) -> tuple[float, str]:
    return (100.0, "percentage points") if spec.metric.name in FIRST else (1.0, spec.metric.name)


def _name(design: str, arm: str, spec: ExperimentSpec) -> str:
    """Return a design's name, with the treatment where there are several."""
    return design if len(spec.treatments) == 1 else f"{design}: {arm}"


def _n(value: float, digits: int = 2) -> str:
    return "-" if not math.isfinite(value) else f"{value:.{digits}f}"


def _p(value: float) -> str:
    return "-" if not math.isfinite(value) else f"{value:.1%}"


def _designs(got: Experiment, spec: ExperimentSpec) -> str:
    scale, unit = _scale(spec)
    head = ["design", "split", "estimator", "agents", "effect", "truth", "estimate", "bias", "SD", "mean SE", "coverage",
            "rejects", "MC error"]
    rows = [[_name(r.design, r.arm, spec), ":".join(f"{weight:g}" for weight in r.allocation), r.estimator,
             r.utilisation, r.effect, *(_n(scale * value) for value in (r.truth, r.mean_estimate, r.bias, r.sd, r.mean_se)),
             _p(r.coverage), _p(r.reject_rate), _p(r.mc_se["reject_rate"])] for r in got.diagnosis.rows]
    adjusted = f", adjusted ({spec.multiplicity})" if len(spec.treatments) > 1 else ""
    title = (f"{spec.experiment}: {', '.join(spec.treatments)} against {spec.arms[0]}, {spec.metric.name} within "
             f"{spec.metric.horizon_days} days, in {unit}; rejections at {spec.alpha:.0%}{adjusted}")
    return f"{title}\n{text_table(head, rows)}"


def _families(got: Experiment) -> str:
    if not got.diagnosis.families:
        return ""
    head = ["all treatments together", "estimator", "agents", "effect", "adjustment", "any rejected", "MC error", "unadjusted",
            "all rejected"]
    rows = [[f.design, f.estimator, f.utilisation, f.effect, f.multiplicity, _p(f.any_reject_rate),
             _p(f.mc_se["any_reject_rate"]), _p(f.unadjusted_any_reject_rate), _p(f.all_reject_rate)]
            for f in got.diagnosis.families]
    return text_table(head, rows)


def _looks(got: Experiment, spec: ExperimentSpec) -> str:
    if not got.monitoring:
        return ""
    head = ["looking early", "design", "agents", "effect", "error promised", "stops", "MC error", "wrong sign", "mean day"]
    rows = [[m.rule, _name(m.design, m.arm, spec), m.utilisation, m.effect, _p(m.promised), _p(m.reject_rate),
             _p(m.mc_se), _p(m.wrong_sign_rate), _n(m.mean_stop_day, 1)] for m in got.monitoring]
    return text_table(head, rows)


def _ships(ships: Sequence[ShipRow], spec: ExperimentSpec) -> str:
    if not spec.guardrails:
        return ""
    head = ["ship rule", "estimator", "agents", "effect", "metric wins", "ships", "MC error", "harmful in truth",
            "guardrails pass"]
    rows = [[_name(s.design, s.arm, spec), s.estimator, s.utilisation, s.effect, _p(s.win_rate), _p(s.ship_rate), _p(s.mc_se),
             "yes" if s.harmful else "no",
             ", ".join(f"{g.metric} {_p(g.pass_rate)}{' (harmed)' if g.harmed else ''}" for g in s.guardrails)] for s in ships]
    return text_table(head, rows)


def _proxies(rows: Sequence[ProxyRow], spec: ExperimentSpec) -> str:
    if not rows:
        return ""
    head = ["proxy", "design", "agents", "effect", "truth", "metric's truth", "rejects", "correlation", "same sign",
            "same decision", "misleads"]
    return text_table(head, [[r.proxy, _name(r.design, r.arm, spec), r.utilisation, r.effect, f"{r.truth:.4g}",
                              f"{r.metric_truth:.4g}", _p(r.reject_rate), _n(r.correlation), _p(r.same_sign_rate),
                              _p(r.same_decision_rate),
                              _p(r.misleading_rate)] for r in rows])


def _faults(rows: Sequence[FaultRow]) -> str:
    if not rows:
        return ""
    head = ["fault put in", "share", "worlds", "bias", "rejects", *DIAGNOSTICS]
    return text_table(head, [[r.fault, f"{r.share:g}", f"{r.replications}", f"{r.bias:.4g}", _p(r.reject_rate),
                              *(_p(r.detection[name]) for name in DIAGNOSTICS)] for r in rows])


def _impulses(got: Experiment, spec: ExperimentSpec) -> str:
    scale, unit = _scale(spec)
    return "\n".join(
        f"{i.utilisation} agents: {i.days} days of {spec.arms[1]} change {scale * i.effect_per_day:.4g} a day ({unit}), and "
        f"{scale * sum(i.after):+.4g} in all afterwards; "
        + (f"washed out after {i.washout_days} days" if i.washout_days is not None else "not washed out within the horizon")
        for i in got.impulses)


def _worth(rows: Sequence[WorthRow], variants: Variants) -> str:
    if not rows:
        return ""
    code = variants.loaded.scenario.currency.code
    head = [f"worth, {code}", "agents", "test first", "ship now", "hold", "best", "ships", "ships harm", "loss by that", "misses"]
    return text_table(head, [
        [_name(w.design, w.arm, variants.spec), w.utilisation, f"{w.answer.test:,.0f}",
         f"{w.answer.ship_now:,.0f}", "0", w.answer.best.replace("_", " "),
         _p(w.answer.p_ship), _p(w.answer.p_ship_harmful), f"{w.answer.expected_loss:,.0f}", _p(w.answer.p_miss)] for w in rows])


def _verdicts(got: Experiment, spec: ExperimentSpec) -> Iterator[str]:
    """Yield a sentence for each design whose bias is clear, beyond its Monte-Carlo error."""
    for row in got.diagnosis.rows:
        error = row.mc_se["bias"]
        enough = row.replications - row.failed >= ENOUGH
        if enough and abs(row.bias) > 3 * error and abs(row.bias) > 0.25 * row.sd:
            yield (f"! {_name(row.design, row.arm, spec)} with {row.estimator}, {row.utilisation} agents, effect {row.effect}: "
                   f"biased by {row.bias:+.4g} (Monte-Carlo error {error:.2g}){_split(row)}, coverage {row.coverage:.0%} where "
                   f"{1 - spec.alpha:.0%} was promised.")


def _split(row: DesignRow) -> str:
    """Return the parts of a bias that are clear, beyond their Monte-Carlo error, in words."""
    clear = [f"{name.replace('_', ' ')} {value:+.4g}" for name, value in (row.bias_parts or {}).items()
             if value and abs(value) > 3 * row.mc_se[name]]
    return f", of which {', '.join(clear)}" if clear else ""


def _pilots(got: Experiment, spec: ExperimentSpec, accounts: int) -> Iterator[str]:
    """Yield what each small test says of a full rollout."""
    scale, unit = _scale(spec)
    for row in got.diagnosis.rows:
        taking = row.accounts or accounts
        share = taking * row.allocation[spec.arms.index(row.arm)] / sum(row.allocation) / accounts
        if share > PILOT or row.effect != "as_is":
            continue
        yield (f"{_name(row.design, row.arm, spec)} with {row.estimator}, {row.utilisation} agents: treating {share:.0%} "
               f"measures {scale * row.mean_estimate:+.3g} {unit}; treating everybody changes {scale * row.truth:+.3g}.")
