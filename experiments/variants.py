"""The same scenario with more, fewer, unlimited or divided agents, lowered once each."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim import Loaded, Scenario, Setting, Strategy
from sim.spec.experiment import ExperimentSpec
from sim.spec.resources import Desk


@dataclass(slots=True)
class Variants:
    """Settings by utilisation and division, made when they are first needed."""

    loaded: Loaded
    spec: ExperimentSpec
    made: dict[tuple[str, bool, tuple[float, ...]], Setting] = field(default_factory=dict)

    def setting(self, utilisation: str, *, unlimited: bool = False, teams: tuple[float, ...] | None = None) -> Setting:
        """Return the scenario with desk agents scaled (or unlimited) and, for dedicated agents, divided."""
        key = (utilisation, unlimited, teams or ())
        if key not in self.made:
            scenario = changed(self.loaded.scenario, self.spec.utilisations[utilisation], unlimited=unlimited, teams=teams)
            self.made[key] = Setting(scenario, self.loaded.portfolio)
        return self.made[key]

    def strategies(self, *names: str) -> list[Strategy]:
        """Return strategies by name."""
        return [self.loaded.strategy(name) for name in names]


def changed(scenario: Scenario, factor: float, *, unlimited: bool = False, teams: tuple[float, ...] | None = None) -> Scenario:
    """Return a scenario with its desks' agents times a factor (rounded), or unlimited, and divided into teams."""
    resources = dict(scenario.resources)
    for name, resource in scenario.resources.items():
        if isinstance(resource, Desk):
            groups = {}
            for label, group in resource.groups.items():
                agents = group.agents if group.agents == "unlimited" else round(group.agents * factor)
                groups[label] = group.model_copy(update={"agents": "unlimited" if unlimited else agents})
            update: dict[str, object] = {"groups": groups}
            if teams is not None:
                update["teams"] = teams
            resources[name] = resource.model_copy(update=update)
    return scenario.model_copy(update={"resources": resources})
