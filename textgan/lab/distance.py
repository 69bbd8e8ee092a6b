"""Two parallel lines: the Jensen-Shannon divergence is flat, the earth mover's distance is not."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from textgan.lab.experiment import Experiment, Finding, Lab, Tick, judge
from textgan.report.style import OTHER, REAL, SAMPLES, canvas, legend
from textgan.report.visible import number

Points = npt.NDArray[np.float64]
"""`(count, 2)`"""

OFFSETS = tuple(round(0.05 * i, 2) for i in range(-20, 21))
POINTS = 512
CELL = 0.1
FLAT = 1e-9


def run(lab: Lab) -> Finding:
    """Both distances at every offset, of evenly spaced points and of samples."""
    rows = lab.spread(measure, [(seed, OFFSETS) for seed in (None, *lab.seeds)], len(OFFSETS))
    exact, sampled = rows[0], rows[1:]
    figures: dict[str, Any] = {
        "offsets": list(OFFSETS),
        "exact": exact,
        "samples": {str(seed): row for seed, row in zip(lab.seeds, sampled, strict=True)},
        "points": POINTS,
        "cell": CELL,
    }
    apart = [js for offset, js in zip(OFFSETS, exact["js"], strict=True) if offset]
    worst = error(exact)
    line = (
        f"At every offset but 0 the Jensen-Shannon divergence is {apart[0]:.4f}, log 2, and "
        f"varies by {number(max(apart) - min(apart))}, while the earth mover's distance is the "
        f"offset, from 0 to {max(exact['earth_mover']):.2f}, to within {number(worst)}."
    )
    return Finding(judge(*conditions(exact)), line, figures, draw(figures))


def error(exact: Mapping[str, Sequence[float]]) -> float:
    """How far the exact earth mover's distance is from |offset| at most."""
    return max(abs(em - abs(o)) for o, em in zip(OFFSETS, exact["earth_mover"], strict=True))


def conditions(exact: Mapping[str, Sequence[float]]) -> tuple[bool, ...]:
    """What must be met: see the rule of `EXPERIMENT`."""
    apart = [js for offset, js in zip(OFFSETS, exact["js"], strict=True) if offset]
    return max(apart) - min(apart) < FLAT, error(exact) < FLAT


def measure(seed: int | None, offsets: Iterable[float], tick: Tick) -> dict[str, list[float]]:
    """Both distances between the line at 0 and the line at each offset.

    Args:
        seed: of the points, drawn for each line on its own; none for evenly spaced points.
        offsets: of the second line.
        tick: told of each offset.
    """
    even = (np.arange(POINTS) + 0.5) / POINTS
    random = None if seed is None else np.random.default_rng(seed)
    found: dict[str, list[float]] = {"js": [], "earth_mover": []}
    for offset in offsets:
        here, there = (even if random is None else random.random(POINTS) for _ in range(2))
        first, second = line_of(0.0, here), line_of(offset, there)
        at: Callable[[Points], Any] = exactly if random is None else cells
        found["js"].append(jensen_shannon(Counter(at(first)), Counter(at(second))))
        found["earth_mover"].append(earth_mover(first, second))
        tick(1)
    return found


def line_of(offset: float, heights: npt.NDArray[np.float64]) -> Points:
    """Points of the upright line at `offset`."""
    return np.stack([np.full_like(heights, offset), heights], axis=1)


def exactly(points: Points) -> list[tuple[float, ...]]:
    """Every point is its own place."""
    return [tuple(point) for point in points.tolist()]


def cells(points: Points) -> list[tuple[int, ...]]:
    """The square that each point falls in, of side `CELL`, with the line at 0 in its middle."""
    return [tuple(cell) for cell in np.round(points / CELL).astype(int).tolist()]


def jensen_shannon(first: Mapping[Any, int], second: Mapping[Any, int]) -> float:
    """The Jensen-Shannon divergence of two tables of counts, in nats; log 2 where none is shared.

    JS(P, Q) = KL(P || M) / 2 + KL(Q || M) / 2,    M = (P + Q) / 2
    """
    total = 0.0
    for one, other in ((first, second), (second, first)):
        n, m = sum(one.values()), sum(other.values())
        for place, count in one.items():
            p, q = count / n, other.get(place, 0) / m
            total += p / 2 * math.log(2 * p / (p + q))
    return total


def earth_mover(first: Points, second: Points) -> float:
    """The earth mover's distance of as many points on one upright line as on another.

    The way from point to point costs a convex function of their difference in height, so carrying
    the lowest to the lowest and so on up is the cheapest plan.
    """
    order = (np.argsort(points[:, 1]) for points in (first, second))
    a, b = (points[by] for points, by in zip((first, second), order, strict=True))
    return float(np.linalg.norm(a - b, axis=1).mean())


def draw(figures: Mapping[str, Any]) -> Figure:
    """Both distances against the offset, side by side."""
    figure, panels = canvas(280, 1, 2, width=800)
    named = (("js", "Jensen-Shannon divergence (nats)"), ("earth_mover", "earth mover's distance"))
    offsets = figures["offsets"]
    for axes, (key, title) in zip(panels, named, strict=True):
        values = figures["exact"][key]
        away = [v if o else math.nan for o, v in zip(offsets, values, strict=True)]
        if key == "js":
            axes.plot(offsets, away, color=SAMPLES, label="exact")
            axes.plot([0], [values[offsets.index(0)]], "o", color=SAMPLES)
        else:
            axes.plot(offsets, values, color=SAMPLES, label="exact")
        rows = [row[key] for row in figures["samples"].values()]
        axes.plot(
            offsets, np.mean(rows, axis=0), color=REAL if key == "js" else OTHER, linewidth=1.2,
            linestyle=(0, (2, 2)), marker=".", markersize=3,
            label=f"{figures['points']} samples" + (" in cells of 0.1" if key == "js" else ""),
        )  # fmt: skip
        axes.set_xlabel("offset of the second line")
        axes.set_ylabel(title)
        axes.set_ylim(bottom=-0.03)
        legend(axes)
    return figure


EXPERIMENT = Experiment(
    name="distance",
    claim=(
        "On two parallel lines the Jensen-Shannon divergence is flat and the earth mover's "
        "distance is not."
    ),
    source=(
        "Arjovsky, Chintala and Bottou 2017, Wasserstein GAN (arXiv 1701.07875), example 1 and "
        "figure 1: JS is log 2 at every offset but 0, the earth mover's distance is |offset|."
    ),
    measures=(
        f"Both between {POINTS} points on one upright line of length 1 and as many on another, at "
        f"{len(OFFSETS)} offsets from {OFFSETS[0]:g} to {OFFSETS[-1]:g}: exact, with the same "
        "evenly spaced heights on both lines; and from random heights, drawn for each line, where "
        f"the divergence counts points in squares of side {CELL:g}. The squares make the "
        "divergence see as far as they are wide and no further."
    ),
    rule=(
        "Of the exact values: the divergence is flat where it varies by less than "
        f"{FLAT:g} over the offsets other than 0; the distance is not where it is |offset| to "
        f"within {FLAT:g} at each. Both: holds. One: holds in part. None: fails."
    ),
    run=run,
)
