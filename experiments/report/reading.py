"""One comparison as it is read in one language."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.report.voice import Voice, named
from experiments.results import CompareResult, Difference, StrategyResult
from experiments.texts import Language
from sim import DO_NOTHING


@dataclass(frozen=True, slots=True)
class Reading(Voice):
    """A comparison with its language and the labels of its strategies."""

    result: CompareResult

    @classmethod
    def of(cls, result: CompareResult, language: Language) -> Reading:
        """Read a result in a language; the champion is the first strategy where the champion was not run."""
        names = [strategy.name for strategy in result.strategies]
        champion = result.champion if result.champion in names else names[0]
        return cls(language, named(names, language), result.currency, result.minor_per_major, result.metrics, champion, result)

    @property
    def has_intervals(self) -> bool:
        """Whether there are replications enough for a standard error."""
        return self.result.replications > 1

    @property
    def plans(self) -> tuple[StrategyResult, ...]:
        """Strategies that do something."""
        return tuple(strategy for strategy in self.result.strategies if strategy.name != DO_NOTHING)

    def difference(self, strategy: str, against: str, metric: str) -> Difference | None:
        """Return strategy - against, from the contrast or its mirror; None where neither was computed."""
        for contrast in self.result.contrasts:
            found = contrast.metrics.get(metric)
            if found is None:
                continue
            if (contrast.strategy, contrast.against) == (strategy, against):
                return found
            if (contrast.strategy, contrast.against) == (against, strategy):
                return Difference(-found.estimate, -found.high, -found.low, found.se)
        return None
