"""Agents and field teams as people: they learn by working and in courses, leave and are replaced by beginners, stay away.

Skill is talent x what experience has brought of it x what the last course has left; conduct likewise. Both change only
when a day of work begins, so that they cost nothing in between.
"""

from __future__ import annotations

from sim.codes import ResourceKind, Row
from sim.compiled import Word, rule
from sim.randomness import Draw, uniform
from sim.rules.exact import exp_exact, exponential_quantile, normal_quantile
from sim.rules.logging import seal, write
from sim.state import AGENT_ABSENT, AGENT_OFF, FULL, World


@rule
def mean_one_of(seed: Word, entity: Word, draw: int, ordinal: int, log_sd: float) -> float:
    """Return a lognormal factor with mean 1. Draws: `draw` at `ordinal`."""
    if log_sd == 0.0:
        return 1.0
    return exp_exact(log_sd * normal_quantile(uniform(seed, entity, draw, ordinal)) - 0.5 * log_sd * log_sd)


@rule
def person_at_work(world: World, n: int) -> bool:
    """Return whether agent n is a person: machines learn and leave not."""
    kind = world.pool[world.agent[n].pool].kind
    return kind == ResourceKind.DESK or kind == ResourceKind.FIELD


@rule
def seat_staff(world: World) -> None:
    """Give everybody who is there at the start their conduct and their experience.

    Reads: mechanism, skill as drawn. Writes: agent. Draws: AGENT_CONDUCT, EXPERIENCE at 0.
    """
    m = world.mechanism[0]
    seed = world.params[0].population_seed
    for n in range(len(world.agent)):
        if not person_at_work(world, n):
            continue
        a = world.agent[n]
        a.talent = a.skill
        a.manner = mean_one_of(seed, a.id, Draw.AGENT_CONDUCT, 0, m.conduct_log_sd)
        a.worked = exponential_quantile(uniform(seed, a.id, Draw.EXPERIENCE, 0)) * m.experience_days
        renew_skill(world, n)


@rule
def renew_skill(world: World, n: int) -> None:
    """Set agent n's skill and conduct of the day from talent, experience and courses. Writes: agent. Draws: nothing."""
    a = world.agent[n]
    m = world.mechanism[0]
    lacking = exp_exact(-m.learning_per_day * a.worked)
    a.skill = a.talent * (1.0 - (1.0 - m.beginner_skill) * lacking) * exp_exact(a.skill_gain)
    a.conduct = a.manner * (1.0 + (m.beginner_conduct - 1.0) * lacking) * exp_exact(a.conduct_gain)


@rule
def note_agent(world: World, t: int, row: int, n: int, amount: int, ordinal: int) -> None:
    """Log something that happens to an agent and to no borrower. Writes: log."""
    k = write(world, t, row, -1, -1, 0, amount, ordinal)
    world.log[k].agent = n
    world.log[k].pool = world.agent[n].pool
    seal(world, k)


@rule
def begin_day(world: World, n: int, day: int, t: int) -> None:
    """Agent n's day of work begins: one day more of experience, or a beginner in their place; or they stay away.

    Reads: mechanism. Writes: agent, log (REPLACED: ordinal = how many came before; ABSENT). Draws: LEAVES, ABSENT at the
    day; AGENT_SKILL, AGENT_CONDUCT of who comes, at the number of those before.
    """
    a = world.agent[n]
    m = world.mechanism[0]
    seed = world.params[0].behaviour_seed
    a.day = day + 1
    if a.state == AGENT_ABSENT:
        a.state = AGENT_OFF
    a.worked += 1.0
    a.skill_gain *= a.gain_kept
    a.conduct_gain *= a.gain_kept
    if m.leaves > 0.0 and uniform(seed, a.id, Draw.LEAVES, day) < m.leaves:
        a.hired += 1
        who = world.params[0].population_seed
        a.talent = mean_one_of(who, a.id, Draw.AGENT_SKILL, a.hired, a.skill_log_sd)
        a.manner = mean_one_of(who, a.id, Draw.AGENT_CONDUCT, a.hired, m.conduct_log_sd)
        a.worked = 0.0
        a.skill_gain = 0.0
        a.conduct_gain = 0.0
        note_agent(world, t, Row.REPLACED, n, m.hiring_minor, a.hired)
    renew_skill(world, n)
    if m.absent > 0.0 and a.state == AGENT_OFF and uniform(seed, a.id, Draw.ABSENT, day) < m.absent:
        a.state = AGENT_ABSENT
        note_agent(world, t, Row.ABSENT, n, 0, day)


@rule
def begin_days(world: World, first: int, last: int, day: int, t: int) -> int:
    """Begin the day of agents first to last - 1 who have not begun it. Returns the next one to do: less than `last` when
    the log is full. Reads, Writes, Draws: as `begin_day`.
    """
    for n in range(first, last):
        if world.counters[FULL] != 0:
            return n
        if world.agent[n].day <= day and person_at_work(world, n):
            begin_day(world, n, day, t)
    return last


@rule
def attend(world: World, course: int, t: int, first: int) -> int:
    """Let the course's pool attend it, from agent `first` on (0: the first). A course tops up what the last one has left; it
    does not add to it. Returns the next agent to do, -1 when all have attended; otherwise the log is full.

    Reads: course. Writes: agent, log (TRAINED: amount = price). Draws: nothing.
    """
    c = world.course[course]
    pool = world.pool[c.pool]
    for n in range(max(first, pool.first_agent), pool.first_agent + pool.agents):
        if world.counters[FULL] != 0:
            return n
        a = world.agent[n]
        a.skill_gain = max(a.skill_gain, c.skill) if c.skill > 0.0 else min(a.skill_gain, c.skill)
        a.conduct_gain = min(a.conduct_gain, c.conduct) if c.conduct < 0.0 else max(a.conduct_gain, c.conduct)
        a.gain_kept = c.kept
        renew_skill(world, n)
        note_agent(world, t, Row.TRAINED, n, c.price_minor, course)
    return -1
