"""The critic's estimate against the exact earth mover's distance of small sets of points."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from textgan.errors import WorldError
from textgan.lab.experiment import Experiment, Finding, Lab, Tick, judge
from textgan.lab.looks import look
from textgan.lab.points import (
    Places,
    critic_of,
    gaussians,
    objective_of,
    ring,
    tensor,
    train_critic,
    training_of,
)
from textgan.report.style import INK, canvas

OBJECTIVES = ("wgan-gp", "wgan-lp", "wgan-clip")
OFFSETS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
STEPS, FULL_STEPS = 1000, 5000
POINTS, WIDTH, HIDDEN = 64, 64, 3
ORDERED, NEAR = 0.95, 0.2
"""Of six values only the same order has a rank correlation above 0.943."""


def run(lab: Lab) -> Finding:
    """Train a critic on each pair of sets, by each objective."""
    steps = FULL_STEPS if lab.full else STEPS
    pairs = {seed: [sets(seed, offset) for offset in OFFSETS] for seed in lab.seeds}
    exact = {seed: [earth_mover(*pair) for pair in pairs[seed]] for seed in lab.seeds}
    jobs = [(name, seed, steps) for name in OBJECTIVES for seed in lab.seeds]
    rows = iter(lab.spread(estimates, jobs, steps * len(OFFSETS)))
    found = {name: {seed: next(rows) for seed in lab.seeds} for name in OBJECTIVES}
    table = {name: compare([(exact[s], found[name][s]) for s in lab.seeds]) for name in OBJECTIVES}
    figures = {
        "offsets": OFFSETS, "exact": exact, "estimates": found, "compared": table,
        "points": POINTS, "steps": steps,
    }  # fmt: skip
    line = "Against the exact distance: " + "; ".join(
        f"{name} off by {row['error']:.0%} in the mean"
        + (f", {row['scaled_error']:.0%} after one factor" if name == "wgan-clip" else "")
        + f", rank correlation {row['rank']:.2f}"
        for name, row in table.items()
    )
    return Finding(judge(*conditions(table)), line + ".", figures, draw(figures))


def conditions(table: Mapping[str, Mapping[str, float]]) -> tuple[bool, ...]:
    """What must be met, from what `compare` finds of each objective: see the rule."""
    return (
        *(table[name]["rank"] > ORDERED for name in OBJECTIVES),
        *(table[name]["error"] < NEAR for name in ("wgan-gp", "wgan-lp")),
        # Clipping sets the slope, so its estimate can be right up to a factor only.
        table["wgan-clip"]["scaled_error"] < NEAR,
    )


def sets(seed: int, offset: float) -> tuple[Places, Places]:
    """Points of 8 Gaussians, and as many others of the same moved to the right."""
    random = np.random.default_rng(seed)
    real, fake = (gaussians(ring(), POINTS, random) for _ in range(2))
    return real, fake + np.array([offset, 0.0])


def earth_mover(first: Places, second: Places) -> float:
    """The exact earth mover's distance of as many points as others: the cheapest pairing.

    Raises:
        WorldError: scipy is not installed.
    """
    try:
        from scipy.optimize import linear_sum_assignment
    except ModuleNotFoundError:
        raise WorldError(
            "the exact distance needs scipy, which is not installed: pip install 'textgan[lab]'"
        ) from None
    cost = np.linalg.norm(first[:, None] - second[None], axis=-1)
    rows, columns = linear_sum_assignment(cost)
    return float(cost[rows, columns].mean())


def estimates(name: str, seed: int, steps: int, tick: Tick) -> list[float]:
    """The estimate of a critic trained on each pair of sets, all points in every step."""
    objective, training = objective_of(name), training_of(name)
    found = []
    for offset in OFFSETS:
        real, fake = (tensor(points) for points in sets(seed, offset))
        critic = critic_of(objective, seed, WIDTH, HIDDEN)

        def pair(real: torch.Tensor = real, fake: torch.Tensor = fake) -> Any:
            # Which is mixed with which for the penalty is drawn anew each time.
            return real[torch.randperm(POINTS)], fake

        train_critic(objective, critic, training, pair, steps, tick)
        with torch.no_grad():
            found.append(float(objective.estimate(critic(real), critic(fake)).mean()))
    return found


def compare(runs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> dict[str, float]:
    """Exact distances and estimates of several seeds, compared.

    Returns:
        ``rank``: the lowest rank correlation of a seed; ``error``: the mean relative error over
        all; ``scaled_error``: the same after multiplying every estimate by ``factor``, the median
        of exact over estimated.
    """
    exact, found = (np.concatenate([run[i] for run in runs]) for i in range(2))
    factor = float(np.median(exact / found))
    return {
        "rank": min(rank_correlation(*run) for run in runs),
        "error": float(np.mean(np.abs(found / exact - 1))),
        "factor": factor,
        "scaled_error": float(np.mean(np.abs(factor * found / exact - 1))),
    }


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's, of values among which none are equal."""
    ranks = np.array([np.argsort(np.argsort(values)) for values in (first, second)], float)
    ranks -= ranks.mean(axis=1, keepdims=True)
    return float(np.prod(ranks, axis=0).sum() / np.square(ranks[0]).sum())


def draw(figures: Mapping[str, Any]) -> Figure:
    """Estimates against exact distances; wgan-clip as it is and times its factor."""
    figure, panels = canvas(340, 1, 2, width=800)
    markers = {"wgan-gp": "o", "wgan-lp": "^", "wgan-clip": "s"}
    top = max(max(row) for row in figures["exact"].values())
    factor = figures["compared"]["wgan-clip"]["factor"]
    for axes, names, scale in ((panels[0], OBJECTIVES, 1.0), (panels[1], OBJECTIVES[2:], factor)):
        axes.plot([0, top], [0, top], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        for name in names:
            colour, _ = look(name)
            exact = [v for row in figures["exact"].values() for v in row]
            found = [scale * v for row in figures["estimates"][name].values() for v in row]
            label = name if scale == 1 else f"{name}, times {scale:,.0f}"
            axes.plot(
                exact, found, linestyle="none", marker=markers[name], color=colour, alpha=0.75,
                markersize=6, label=label,
            )  # fmt: skip
        axes.set_xlabel("exact earth mover's distance (dashed: equal)")
        axes.set_ylabel("critic's estimate")
        axes.legend(
            ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, handletextpad=0.2,
            columnspacing=1,
        )  # fmt: skip
    return figure


EXPERIMENT = Experiment(
    name="earthmover",
    claim="The critic's estimate approximates the earth mover's distance.",
    source=(
        "Arjovsky et al. 2017 (arXiv 1701.07875), section 3, equation 3, and figure 3: up to a "
        "factor for a clipped critic; Gulrajani et al. 2017 (arXiv 1704.00028), section on "
        "meaningful loss curves, for the penalty."
    ),
    measures=(
        f"{POINTS} points of 8 Gaussians and {POINTS} others of the same, moved by 0 to "
        f"{OFFSETS[-1]:g}; the exact distance by the cheapest pairing (scipy); the estimate of a "
        f"fresh critic ({HIDDEN} hidden layers of {WIDTH}) trained for {STEPS:,} steps "
        f"({FULL_STEPS:,} in full) on all of the points."
    ),
    rule=(
        "Six conditions. For each of wgan-gp, wgan-lp and wgan-clip: the rank correlation of "
        f"estimate and exact distance over the offsets is above {ORDERED:g} in every seed, "
        f"which of {len(OFFSETS)} offsets means that both put them in the same order. For wgan-gp "
        f"and wgan-lp: the mean relative error is under {NEAR:g}. For wgan-clip: it is "
        "under that after all of its estimates are multiplied by one factor. All: holds. Some: "
        "holds in part. None: fails."
    ),
    run=run,
)
