"""Recursive numerical integration: where a sequentially watched statistic leaves its continuation region.

The statistic at information fraction ``t`` is ``Z(t) ~ N(drift * sqrt(t), 1)``; on the Brownian scale
``B(t) = Z(t) * sqrt(t)`` its increments are independent. The sub-density of the paths still inside the
region is carried from look to look on Gauss-Legendre panels no wider than three standard deviations of the
smaller neighbouring increment, which keeps crossing probabilities to about 1e-12.

Source: Armitage, McPherson and Rowe (1969), J. R. Stat. Soc. A 132; Jennison and Turnbull (2000),
Group Sequential Methods, chapter 19.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from sim.errors import InputError

FloatArray: TypeAlias = npt.NDArray[np.float64]

MAX_LOOKS = 400
"""More looks than this are a continuous monitor: use an always-valid rule."""
MIN_GAP = 1e-5
"""Smallest step of information between looks; below it the grid would need tens of thousands of nodes."""
_REACH_SD = 10.0
"""Tails beyond this many standard deviations hold less than 1e-22."""
_PANEL_SD = 3.0
_NODES_PER_PANEL = 16
_CHUNK = 4_000_000


@dataclass(frozen=True)
class SubDensity:
    """Paths still inside the region at one look.

    Attributes:
        information: information fraction of that look.
        nodes: (m,) values on the Brownian scale ``B = Z * sqrt(information)``.
        mass: (m,) probability attached to each node; their sum is the chance of still running.
    """

    information: float
    nodes: FloatArray
    mass: FloatArray

    @property
    def surviving(self) -> float:
        """Probability of not having crossed any boundary yet."""
        return float(self.mass.sum())

    def above(self, information: float, z: float, drift: float) -> float:
        """P(still running here and Z at the later look `information` > z) under `drift`."""
        return self._tail(information, z, drift, sign=-1.0)

    def below(self, information: float, z: float, drift: float) -> float:
        """P(still running here and Z at the later look `information` < z) under `drift`."""
        return self._tail(information, z, drift, sign=1.0)

    def _tail(self, information: float, z: float, drift: float, sign: float) -> float:
        if math.isinf(z):
            return self.surviving if z * sign > 0 else 0.0
        gap = information - self.information
        sd = math.sqrt(gap)
        standard = (z * math.sqrt(information) - self.nodes - drift * gap) / sd
        return float(self.mass @ ndtr(sign * standard))

    def advance(
        self, information: float, lower: float, upper: float, drift: float, next_gap: float | None
    ) -> SubDensity:
        """Carry the density to the next look and keep only `lower` < Z < `upper`.

        Args:
            information: information fraction of the next look.
            lower: boundary there on the Z scale; minus infinity where there is none.
            upper: boundary there on the Z scale; infinity where there is none.
            drift: expected Z at information 1.
            next_gap: information step after that look, or None at the last one; sets the grid.
        """
        gap = information - self.information
        root = math.sqrt(information)
        low = max(lower * root, drift * information - _REACH_SD * root)
        high = min(upper * root, drift * information + _REACH_SD * root)
        empty: FloatArray = np.zeros(0, dtype=np.float64)
        if not low < high:
            return SubDensity(information, empty, empty)
        step = math.sqrt(min(gap, next_gap) if next_gap is not None else gap)
        nodes, weights = _panels(low, high, _PANEL_SD * step)
        return SubDensity(information, nodes, weights * self._density(nodes, gap, drift))

    def _density(self, nodes: FloatArray, gap: float, drift: float) -> FloatArray:
        """Sub-density at `nodes` after one increment, in blocks that bound memory."""
        scale = 1.0 / math.sqrt(2.0 * math.pi * gap)
        out = np.empty_like(nodes)
        block = max(1, _CHUNK // max(1, self.nodes.size))
        origin = self.nodes + drift * gap
        for start in range(0, nodes.size, block):
            part = nodes[start : start + block]
            difference = part[:, None] - origin[None, :]
            out[start : start + block] = np.exp(difference * difference * (-0.5 / gap)) @ self.mass
        return out * scale


def start() -> SubDensity:
    """Return the density before the first look: all mass at zero information."""
    return SubDensity(0.0, np.zeros(1, dtype=np.float64), np.ones(1, dtype=np.float64))


def _panels(low: float, high: float, width: float) -> tuple[FloatArray, FloatArray]:
    count = max(1, math.ceil((high - low) / width))
    base, weight = np.polynomial.legendre.leggauss(_NODES_PER_PANEL)
    edges = np.linspace(low, high, count + 1)
    half = 0.5 * np.diff(edges)
    centre = 0.5 * (edges[1:] + edges[:-1])
    nodes = (centre[:, None] + half[:, None] * base[None, :]).ravel()
    weights = (half[:, None] * weight[None, :]).ravel()
    return nodes, weights


@dataclass(frozen=True)
class ExitProbabilities:
    """Where the statistic left the region.

    Attributes:
        information: (K,) information fractions.
        lower, upper: (K,) P(first exit at this look through that boundary).
        drift: expected Z at information 1 under which they were computed.
    """

    information: FloatArray
    lower: FloatArray
    upper: FloatArray
    drift: float

    @property
    def expected_information(self) -> float:
        """Mean information fraction at stopping; paths that never cross stop at the last look."""
        at_look = self.lower + self.upper
        running = float(self.information[-1]) * (1.0 - float(at_look.sum()))
        return float(at_look @ self.information) + running


def exit_probabilities(
    information: Sequence[float] | FloatArray,
    lower: Sequence[float] | FloatArray,
    upper: Sequence[float] | FloatArray,
    drift: float = 0.0,
) -> ExitProbabilities:
    """Return the exit probabilities of a region given on the Z scale.

    Args:
        information: (K,) increasing information fractions.
        lower: (K,) lower Z boundaries, minus infinity where there is none.
        upper: (K,) upper Z boundaries, infinity where there is none.
        drift: expected Z at information 1.
    """
    times = check_information(information)
    density = start()
    down = np.zeros(times.size)
    up = np.zeros(times.size)
    for k, time in enumerate(times):
        up[k] = density.above(float(time), float(upper[k]), drift)
        down[k] = density.below(float(time), float(lower[k]), drift)
        if k + 1 < times.size:
            gap = float(times[k + 1] - time)
            density = density.advance(float(time), float(lower[k]), float(upper[k]), drift, gap)
    return ExitProbabilities(times, down, up, drift)


def check_information(information: Sequence[float] | FloatArray, where: str = "looks") -> FloatArray:
    """Return the information fractions as an array, or raise InputError."""
    times = np.asarray(information, dtype=np.float64)
    if times.ndim != 1 or times.size == 0 or times.size > MAX_LOOKS or not np.all(np.isfinite(times)):
        raise InputError(where, str(information), f"1 to {MAX_LOOKS} numbers", "Give information fractions.")
    gaps = np.diff(np.concatenate(([0.0], times)))
    if np.any(gaps < MIN_GAP):
        raise InputError(
            where,
            str([float(t) for t in times]),
            f"increasing information fractions, each at least {MIN_GAP:g} above the one before",
            "Sort the looks and drop repeated ones.",
        )
    return times
