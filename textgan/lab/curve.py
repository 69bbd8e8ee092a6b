"""Does the critic's loss tell how good the text is? Rank correlation of curve and divergence."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from textgan.lab.experiment import Experiment, Finding, Lab, Tick, Verdict
from textgan.lab.lines import NOBODYS_OWN, course, evenly, objectives, repeat, settings, told
from textgan.lab.looks import look
from textgan.objectives import build_objective
from textgan.report.style import MUTED, canvas, step_axis
from textgan.training.settings import ObjectiveSettings

STEPS, FULL_STEPS = 300, 2000
POINTS = 60
WINDOW = 5
"""Points of the moving average, of the curve and of the divergence alike."""

SKIPPED = 0.2
"""Of a run, at its beginning: there the curve rises because the critic still has to learn."""

RESOLUTION = 0.01
"""Of a curve's largest absolute value: changes below it are none that a reader of the curve sees.

Without it the order of a saturated curve, the same to five decimals, would be that of rounding.
"""

JUDGED = "js2"
"""Runs this short leave JS-4 between 0.9 and 1, where nearly no 4-gram is right."""

TRACKS = 0.5
"""The least rank correlation, in the median over seeds, of a curve that tracks quality."""

GANS, WASSERSTEIN = ("gan", "gan-minimax"), ("wgan-clip", "wgan-gp")
CALLED: Mapping[str, str] = {
    "jensen_shannon": "Jensen-Shannon estimate (bits)",
    "wasserstein": "Wasserstein estimate (score)",
    "pair_order": "order of pairs (bits)",
    "total_variation": "total variation (share)",
}
"""The curves in words, with their units; a Wasserstein estimate is in the critic's own."""

SETTINGS: Mapping[str, Any] = {
    "training.critic_steps": 5,
    "training.average": 0.99,
}
"""Of every objective: a critic near its best, and an average that keeps up with a short run."""


def run(lab: Lab) -> Finding:
    """Train with each objective and seed; compare the order of curve and divergence."""
    names = objectives(lab, *GANS, *WASSERSTEIN)
    steps = FULL_STEPS if lab.full else STEPS
    return finding(steps, repeat(lab, train, names, steps))


def finding(steps: int, runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Finding:
    """What follows from the runs of each objective."""
    correlations = {
        order: {name: [each["spearman"][order] for each in found] for name, found in runs.items()}
        for order in ("js2", "js4")
    }
    said = [
        f"with JS-{order[-1]} " + ", ".join(f"{name} {told(values)}" for name, values in of.items())
        for order, of in correlations.items()
    ]
    line = f"Rank correlation of the curve, median (range) of the seeds: {'; '.join(said)}."
    figures = {"steps": steps, "correlations": correlations, "runs": runs}
    return Finding(decide(correlations[JUDGED]), line, figures, draw(runs))


def train(name: str, seed: int, steps: int, tick: Tick) -> dict[str, Any]:
    """One run: its curve, its divergences and how well their orders agree."""
    wanted = settings(SETTINGS, {"objective.name": name, "training.seed": seed})
    curve = build_objective(ObjectiveSettings(name)).curve
    found = course(wanted, evenly(steps, min(POINTS, steps)), tick)
    values = [point.terms[curve] for point in found.points]
    js = {order: [point.js[order] for point in found.points] for order in ("js2", "js4")}
    return {
        "seed": seed,
        "curve": curve,
        "step": [point.step for point in found.points],
        "values": values,
        **js,
        "spearman": {order: agreement(values, each) for order, each in js.items()},
        "real": found.real[JUDGED],
        "diverged": found.diverged,
    }


def agreement(curve: Sequence[float], divergence: Sequence[float]) -> float:
    """Spearman's rank correlation of the two, smoothed, after the beginning; 0 of a short run."""
    first = round(SKIPPED * len(curve))
    if len(curve) - first <= WINDOW:
        return 0.0
    return spearman(*(seen(moving(each[first:]), each) for each in (curve, divergence)))


def seen(values: npt.NDArray[np.float64], whole: Sequence[float]) -> npt.NDArray[np.float64]:
    """Values in whole steps of `RESOLUTION` of the largest absolute value of the whole run."""
    step = RESOLUTION * float(np.abs(whole).max())
    # Values that differ by less than a step are equal, also where a boundary runs through them.
    steady = float(np.ptp(values)) < step or not step
    return np.zeros_like(values) if steady else np.round(values / step)


def moving(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """The mean of every `WINDOW` neighbours."""
    return np.convolve(values, np.full(WINDOW, 1 / WINDOW), mode="valid")


def spearman(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Spearman's rank correlation, -1 to 1; equal values share a rank, and no order gives 0."""
    a, b = (_ranks(each) - _ranks(each).mean() for each in (first, second))
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else 0.0


def _ranks(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: npt.NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[at]
    return ranks


def decide(correlations: Mapping[str, Sequence[float]]) -> Verdict:
    """By the medians over seeds: see the rule of `EXPERIMENT`."""
    tracks = {name: median(values) >= TRACKS for name, values in correlations.items()}
    if not any(tracks[name] for name in WASSERSTEIN):
        return "fails"
    apart = all(tracks[name] for name in WASSERSTEIN) and not any(tracks[name] for name in GANS)
    return "holds" if apart else "holds in part"


def draw(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """A row for each objective: its curve on the left, JS-2 on the right, a line a seed."""
    figure, panels = canvas(150 * len(runs), len(runs), 2, width=800, sharex=True, squeeze=False)
    for (name, found), (left, right) in zip(runs.items(), panels, strict=True):
        colour, dash = look(name)
        for i, each in enumerate(found):
            alpha = 1 - 0.3 * i / max(1, len(found) - 1)
            style = {"color": colour, "linestyle": dash, "alpha": alpha, "linewidth": 1.2}
            left.plot(each["step"], each["values"], **style)
            right.plot(each["step"], each[JUDGED], **style)
        right.axhline(found[0]["real"], color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        ends = max(each["step"][-1] for each in found if each["step"])
        for axes in (left, right):
            axes.axvspan(0, SKIPPED * ends, color=MUTED, alpha=0.1, linewidth=0)
        rho, curve = median(each["spearman"][JUDGED] for each in found), found[0]["curve"]
        left.set_title(f"{name}: {CALLED.get(curve, curve)}", fontsize=12)
        right.set_title(f"JS-2 (bits), rank correlation {rho:.2f}", fontsize=12)
    for axes in panels[-1]:
        axes.set_xlabel("generator updates")
        step_axis(axes)
    return figure


EXPERIMENT = Experiment(
    name="curve",
    claim="The critic's loss tracks the quality of the text; the loss of a GAN does not.",
    source=(
        "Arjovsky, Chintala and Bottou 2017, Wasserstein GAN (arXiv 1701.07875), figures 3 and 4: "
        "the Wasserstein estimate falls as the samples get better, the Jensen-Shannon estimate "
        "stays near its maximum or rises, whatever the samples look like. Gulrajani et al. 2017 "
        "(arXiv 1704.00028), figure 5: the negative critic loss falls towards a minimum. Neither "
        "gives a figure for how well the two agree."
    ),
    measures=(
        f"Surnames of at most 8 letters; generator and critic of two residual blocks, width 32; "
        f"five critic steps; {STEPS} updates ({FULL_STEPS:,} in full) with Adam at 5e-4 "
        f"(generator) and 1e-3 (critic), batch 64. The curve is the objective's own (the "
        "Wasserstein estimate, or the GAN's lower bound on the Jensen-Shannon divergence, which "
        f"falls where its loss rises); quality is JS-2 of 1,000 lines at {POINTS} steps against "
        "the training lines, for runs this short leave JS-4 between 0.9 and 1; its correlation is "
        f"given beside. Both are averaged over {WINDOW} points, and ranked "
        f"in steps of {RESOLUTION:.0%} of the run's largest absolute value, so that a curve which "
        "stands still has no order. The grey beginning, a fifth of the run, is left out: there a "
        "curve rises because the critic has yet to learn, whatever the text is. The dotted line is "
        "as many held-out real lines. " + NOBODYS_OWN
    ),
    rule=(
        f"A curve tracks quality where its rank correlation (Spearman) with JS-2 is at least "
        f"{TRACKS} in the median over seeds. Holds: those of {' and '.join(WASSERSTEIN)} do and "
        f"those of {' and '.join(GANS)} do not. Fails: neither of {' and '.join(WASSERSTEIN)} "
        "does. Otherwise it holds in part."
    ),
    run=run,
)
