"""Sections below totals that are tables: protected groups, and each strategy's tree of segments and steps with its counts."""

from __future__ import annotations

from experiments.paired import estimate
from experiments.patterns import MEASURES
from experiments.report.amounts import amounts
from experiments.report.frame import Section, csv_button, cut, fold
from experiments.report.frontier import frontier
from experiments.report.hours import callers, hours
from experiments.report.markup import Content, Markup, join, outside, rows, tag
from experiments.report.picture import Cell, Picture, Table, Trace, plain
from experiments.report.reading import Reading
from experiments.report.rolling import flow, has_buckets, roll_matrix
from experiments.report.segments import challengers, forest, protected_columns, protected_gaps, rate_of
from experiments.report.styles import group_of, look
from experiments.report.voice import short
from experiments.results import Observed, StepCount


def more_pictures(reading: Reading) -> tuple[Picture, ...]:
    """Return the pictures below totals that apply to what was run."""
    out = [frontier(reading)]
    if has_buckets(reading):
        out += [roll_matrix(reading), flow(reading), amounts(reading)]
        if reading.result.groups and challengers(reading):
            out.append(forest(reading))
    if callers(reading):
        out.append(hours(reading))
    if any(s.blocked or s.violations for s in reading.result.strategies):
        out.append(refused(reading))
    return tuple(out)


def more_sections(reading: Reading) -> tuple[Section, ...]:
    """Return the tables below totals that apply to what was run."""
    out = [steps_section(reading)] if reading.result.observed else []
    return (*out, protected_section(reading)) if reading.result.groups else tuple(out)


def more_tables(reading: Reading) -> dict[str, Table]:
    """Return what can be downloaded of these sections."""
    out = {}
    if reading.result.observed:
        out["steps"] = steps_table(reading)
    if reading.result.groups:
        out["groups"] = groups_table(reading)
    return out


# ------------------------------------------------------------------------------------------------------------------ rules
def refused(reading: Reading) -> Picture:
    """Return attempts that contact rules refused (or in shadow would), by rule and strategy."""
    strategies = reading.result.strategies
    rules = list(dict.fromkeys(rule for s in strategies for rule in (*s.blocked, *s.violations)))[:20]
    means = {s.name: [sum(f[rule].mean for f in (s.blocked, s.violations) if rule in f) for rule in rules] for s in strategies}
    traces: tuple[Trace, ...] = tuple(
        {"type": "bar", "orientation": "h", "name": plain(reading.label(s.name)), "y": [plain(short(rule, 48)) for rule in rules],
         "x": means[s.name], "marker": {"color": look(reading, s.name).color}, "meta": group_of(reading, s.name),
         "hovertemplate": "%{fullData.name}<br>%{y}: %{x:,.1f}<extra></extra>"} for s in strategies)
    name = max(means, key=lambda key: max(means[key], default=0.0))
    place = max(range(len(rules)), key=lambda n: means[name][n])
    title = reading.say("rules.title", rule=short(rules[place], 48), count=reading.number(means[name][place], "count"),
                        name=reading.label(name))
    layout = {"barmode": "group", "height": 160 + 20 * len(rules) * max(len(strategies) // 2, 1),
              "xaxis": {"title": {"text": plain(reading.say("rules.axis"))}},
              "yaxis": {"type": "category", "autorange": "reversed"}}
    lines: list[tuple[Cell, ...]] = [(reading.csv_names[s.name], word, rule, found.mean, found.se) for s in strategies
                                     for word, by_rule in (("blocked", s.blocked), ("violation", s.violations))
                                     for rule, found in by_rule.items()]
    return Picture("rules", title, reading.say("rules.note"), traces, layout,
                   Table(("strategy", "kind", "rule", "attempts_mean", "attempts_se"), tuple(lines)))


# ------------------------------------------------------------------------------------------------------------------ steps
def steps_section(reading: Reading) -> Section:
    """Return each strategy as a tree of segments and steps, with counts and money."""
    untouched = [seen.untouched_minor for seen in reading.result.observed.values() if seen.steps]
    note = reading.say("steps.note", untouched=reading.money(max(untouched)) if untouched else "–")
    trees = [fold(_steps_title(reading, name, seen), _tree(reading, seen))
             for name, seen in reading.result.observed.items() if name in reading.labels and seen.steps]
    return Section("steps", reading.say("section.steps"), join([csv_button(reading, "steps"), *trees,
                                                               tag("p", note, attributes={"class": "note"})]))


def _steps_title(reading: Reading, name: str, seen: Observed) -> str:
    first = max(seen.steps, key=lambda step: step.attempts)
    touch = max(seen.steps, key=lambda step: step.last_touch_minor)
    return reading.say("steps.title", name=reading.label(name), first=short(first.label, 60), attempts=f"{first.attempts:,}",
                       touch=short(touch.label, 60), money=reading.money(touch.last_touch_minor))


def _tree(reading: Reading, seen: Observed) -> Markup:
    keys = ("step", "planned", "attempts", "answered", "right_party", "starved")
    head: list[Content] = [reading.say(f"steps.{key}") for key in keys]
    head.append(reading.say("steps.last_touch", currency=reading.result.currency))
    body: list[list[Content]] = []
    for segment in dict.fromkeys(step.segment for step in seen.steps):
        inside = [step for step in seen.steps if step.segment == segment]
        name = cut(reading, segment) if segment else reading.say("steps.reactions")
        body.append([tag("b", outside(name)), *(tag("b", text) for text in _counts(reading, inside))])
        body += [[join(["　", outside(cut(reading, step.label))]), *_counts(reading, [step])] for step in inside]
    return rows(head, body)


def _counts(reading: Reading, steps: list[StepCount]) -> list[str]:
    sums = [sum(getattr(step, name) for step in steps) for name in ("planned", "attempts", "answered", "right_party", "starved")]
    return [*(f"{number:,}" for number in sums), reading.bare(sum(step.last_touch_minor for step in steps), "minor")]


def steps_table(reading: Reading) -> Table:
    """Return every step of every strategy with its counts."""
    columns = ("strategy", "segment", "step", "channel", "planned", "attempts", "answered", "right_party", "starved",
               "last_touch_minor")
    return Table(columns, tuple(
        (reading.csv_names[name], s.segment, s.label, s.channel, s.planned, s.attempts, s.answered, s.right_party, s.starved,
         s.last_touch_minor) for name, seen in reading.result.observed.items() if name in reading.labels for s in seen.steps))


# ----------------------------------------------------------------------------------------------------------------- groups
def protected_section(reading: Reading) -> Section:
    """Return gaps between protected groups: a report, never a lever."""
    columns, name = protected_columns(reading), reading.say("section.protected")
    button = csv_button(reading, "groups")
    if not columns:
        return Section("protected", name, join([button, tag("p", reading.say("protected.none"))]))
    parts: list[Content] = [button]
    for column in columns:
        gaps = {s.name: protected_gaps(s, reading.result.groups, column) for s in reading.result.strategies}
        worst = max(gaps, key=lambda key: gaps[key]["recovery_rate"].mean)
        title = reading.say("protected.title", column=short(column), name=reading.label(worst),
                            gap=reading.number(gaps[worst]["recovery_rate"].mean, "share", difference=True))
        head: list[Content] = [reading.say(key) for key in ("strategy", "protected.recovery", "protected.complaints",
                                                            "protected.relief")]
        body: list[list[Content]] = [
            [outside(reading.label(name)), reading.estimate(found["recovery_rate"], "share"),
             reading.estimate(found["complaints_per_1000"], "rate"), reading.estimate(found["relief"], "share")]
            for name, found in gaps.items()]
        parts += [tag("h3", title), rows(head, body)]
    return Section("protected", name, join([*parts, tag("p", reading.say("protected.note"), attributes={"class": "note"})]))


def groups_table(reading: Reading) -> Table:
    """Return every group of every strategy: its sums, and recovery and cure rates with their errors."""
    lines: list[tuple[Cell, ...]] = []
    for strategy in reading.result.strategies:
        if "groups" not in strategy.patterns:
            continue
        sums = strategy.patterns["groups"].mean(axis=0)
        rates = {name: rate_of(strategy, name) for name in ("recovery_rate", "cure_rate")}
        for n, group in enumerate(reading.result.groups):
            found = [estimate(rates[name][:, n].tolist()) for name in rates]
            lines.append((reading.csv_names[strategy.name], group.dimension, group.label, "yes" if group.protected else "no",
                          *(float(value) for value in sums[n]), *(v for one in found for v in (one.mean, one.se))))
    columns = ("strategy", "dimension", "segment", "protected", *(f"{name}_mean" for name in MEASURES), "recovery_rate_mean",
               "recovery_rate_se", "cure_rate_mean", "cure_rate_se")
    return Table(columns, tuple(lines))


