"""Critics held by clipping and by the penalty: their surfaces, gradients by layer, weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from textgan.lab.experiment import Experiment, Finding, Lab, Tick, judge
from textgan.lab.points import (
    SETS,
    Perceptron,
    critic_of,
    objective_of,
    tensor,
    train_critic,
    training_of,
)
from textgan.report.style import INK, MUTED, OTHER, REAL, SAMPLES, canvas, powers

CLIPS = (0.1, 0.01, 0.001)
USUAL = 0.01
SHALLOW, DEEP, WIDTH = 3, 12, 64
STEPS, FULL_STEPS = 1200, 6000
EVALUATED, SIDE, REACH = 8192, 60, 3.0
STEADY = 10.0
MOST = 0.5
"""Of the weights, to lie at the limit."""


@dataclass(frozen=True)
class Case:
    """A critic to train: on which points, held how, how deep. No clip stands for the penalty."""

    points: str
    clip: float | None
    hidden: int

    @property
    def name(self) -> str:
        """As the legend has it."""
        return "penalty" if self.clip is None else f"clip {self.clip:g}"


SURFACES = tuple(Case(points, clip, SHALLOW) for clip in (USUAL, None) for points in SETS)
LAYERS = tuple(Case("swiss roll", clip, DEEP) for clip in (*CLIPS, None))


def run(lab: Lab) -> Finding:
    """Train every critic with the generator held fixed, and measure it."""
    steps = FULL_STEPS if lab.full else STEPS
    jobs = [(case, seed, steps) for case in (*SURFACES, *LAYERS) for seed in lab.seeds]
    rows = iter(lab.spread(train, jobs, steps))
    found = {case: [next(rows) for _ in lab.seeds] for case in (*SURFACES, *LAYERS)}
    gaps = {
        points: {c.name: [row["gap"] for row in found[c]] for c in SURFACES if c.points == points}
        for points in SETS
    }
    slopes = {case.name: [row["norms"] for row in found[case]] for case in LAYERS}
    ratios = {name: [row[0] / row[-1] for row in rows] for name, rows in slopes.items()}
    extremes = [row["extreme"] for row in found[Case("swiss roll", USUAL, DEEP)]]
    clipped = [ratios[f"clip {clip:g}"] for clip in CLIPS]
    figures = {
        "gap_per_slope": gaps, "norms_by_layer": slopes, "first_over_last": ratios,
        "weights_at_the_limit": extremes, "steps": steps,
    }  # fmt: skip
    share = [
        float(np.mean(gap[f"clip {USUAL:g}"]) / np.mean(gap["penalty"])) for gap in gaps.values()
    ]
    line = (
        f"For the same steepest slope a critic clipped at {USUAL:g} tells data from noise "
        f"{min(share):.2f} to {max(share):.2f} times as well as one with the penalty; through "
        f"{DEEP} layers the gradient changes by "
        + ", ".join(f"{np.exp(np.mean(np.log(row))):.0e}" for row in clipped)
        + f" with clips {', '.join(f'{clip:g}' for clip in CLIPS)} and by "
        f"{np.exp(np.mean(np.log(ratios['penalty']))):.2g} with the penalty; "
        f"{np.mean(extremes):.0%} of clipped weights lie at the limit."
    )
    return Finding(judge(*conditions(gaps, ratios, extremes)), line, figures, draw(found))


def conditions(
    gaps: Mapping[str, Mapping[str, Sequence[float]]],
    ratios: Mapping[str, Sequence[float]],
    extremes: Sequence[float],
) -> tuple[bool, ...]:
    """What must be met: see the rule of `EXPERIMENT`.

    Args:
        gaps: per slope, on each set of points, of each case and seed.
        ratios: of the gradient at the first hidden layer to that at the last, likewise.
        extremes: the share of weights at the limit, of each seed.
    """
    return (
        all(min(gap["penalty"]) > max(gap[f"clip {USUAL:g}"]) for gap in gaps.values()),
        all(unsteady(ratio) for clip in CLIPS for ratio in ratios[f"clip {clip:g}"]),
        not any(unsteady(ratio) for ratio in ratios["penalty"]),
        min(extremes) > MOST,
    )


def unsteady(ratio: float) -> bool:
    """Whether a gradient grows or shrinks by more than `STEADY` on its way."""
    return not 1 / STEADY < ratio < STEADY


def train(case: Case, seed: int, steps: int, tick: Tick) -> dict[str, Any]:
    """Train a critic between points and the same with unit noise, and measure it.

    Returns:
        ``gap``: `mean D(real) - mean D(fake)` over the steepest slope met; ``norms`` of the score's
        gradient by each hidden layer's output, the first first, each a mean over points;
        ``extreme``: the share of weights within a hundredth of the largest of all; ``weights``;
        ``surface``: values on a grid, ``(side, side)``.
    """
    name = "wgan-gp" if case.clip is None else "wgan-clip"
    objective, training = objective_of(name, case.clip or USUAL), training_of(name)
    critic = critic_of(objective, seed, WIDTH, case.hidden)
    random = np.random.default_rng(seed)

    def pair(count: int) -> tuple[torch.Tensor, torch.Tensor]:
        real, behind = (SETS[case.points](count, random) for _ in range(2))
        return tensor(real), tensor(behind + random.standard_normal(behind.shape))

    train_critic(objective, critic, training, lambda: pair(training.batch), steps, tick)
    real, fake = pair(EVALUATED)
    with torch.no_grad():
        gap = float((critic(real).mean() - critic(fake).mean()).double())
        surface = critic(tensor(plane())).view(SIDE, SIDE)
    steepest, _ = by_layer(critic, torch.cat([real, fake, torch.lerp(real, fake, 0.5)]))
    weights = torch.cat([p.detach().flatten() for p in critic.parameters() if p.dim() > 1])
    limit = case.clip or float(weights.abs().max())
    return {
        "gap": gap / steepest,
        "norms": by_layer(critic, torch.cat([real, fake]))[1],
        "extreme": float((weights.abs() > 0.99 * limit).float().mean()),
        "weights": weights.tolist(),
        "surface": surface.tolist(),
    }


def plane() -> Any:
    """The grid of points that a surface is drawn on, ``(side * side, 2)``."""
    line = np.linspace(-REACH, REACH, SIDE)
    return np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)


def by_layer(critic: Perceptron, points: torch.Tensor) -> tuple[float, list[float]]:
    """The score's steepest slope at points, and its mean gradient norm by each hidden output."""
    h = points.detach().clone().requires_grad_()
    outputs = [h]
    for layer in critic.hidden:
        outputs.append(torch.relu(layer(outputs[-1])))
    scores = critic.output(outputs[-1])
    gradients = torch.autograd.grad(scores.sum(), outputs)
    norms = [gradient.double().norm(dim=1) for gradient in gradients]
    return float(norms[0].max()), [float(norm.mean()) for norm in norms[1:]]


def draw(found: Mapping[Case, Sequence[Mapping[str, Any]]]) -> Figure:
    """Surfaces above; gradients by layer and weights below."""
    figure, panels = canvas(820, 3, 3, width=800)
    for axes, case in zip(panels[:2].flat, SURFACES, strict=True):
        draw_surface(axes, case, np.array(found[case][0]["surface"]))
    looks = {"clip 0.1": REAL, "clip 0.01": OTHER, "clip 0.001": MUTED, "penalty": SAMPLES}
    marks = dict(zip(looks, ("s", "^", "v", "o"), strict=True))
    norms, *histograms = panels[2]
    for case in LAYERS:
        rows = np.array([row["norms"] for row in found[case]])
        layers = np.arange(1, DEEP + 1)
        norms.plot(
            layers, np.exp(np.log(rows).mean(0)), color=looks[case.name],
            marker=marks[case.name], label=case.name,
        )  # fmt: skip
        norms.fill_between(
            layers, rows.min(0), rows.max(0), color=looks[case.name], alpha=0.18, linewidth=0
        )
    norms.set_yscale("log")
    powers(norms.yaxis)
    norms.set_xticks(range(1, DEEP + 1, 2))
    norms.set_xlabel("hidden layer, from the input")
    norms.set_ylabel("gradient norm")
    norms.legend(
        ncols=2, loc="lower left", bbox_to_anchor=(-0.3, 1), borderaxespad=0, handlelength=1.5,
        columnspacing=0.8,
    )  # fmt: skip
    shown = (Case("swiss roll", USUAL, DEEP), Case("swiss roll", None, DEEP))
    for axes, case in zip(histograms, shown, strict=True):
        weights = found[case][0]["weights"]
        each = np.full(len(weights), 1 / len(weights))
        axes.hist(weights, bins=51, color=looks[case.name], weights=each)
        axes.set_title(f"{case.name}, {DEEP} layers")
        axes.set_xlabel("weight")
        axes.set_ylabel("share of weights")
    return figure


def draw_surface(axes: Axes, case: Case, surface: Any) -> None:
    """Lines of equal value, and the data that the critic saw."""
    line = np.linspace(-REACH, REACH, SIDE)
    # Heights differ by powers of ten between the two kinds; their shapes are what is compared.
    axes.contourf(line, line, surface, levels=14, cmap="Blues", alpha=0.55)
    axes.contour(line, line, surface, levels=14, colors=INK, linewidths=0.5)
    points = SETS[case.points](300, np.random.default_rng(0))
    axes.plot(*points.T, ".", color=REAL, markersize=3)
    axes.set_title(f"{case.name}: {case.points}")
    axes.set_aspect("equal")
    axes.grid(False)
    axes.set_xticks([-2, 0, 2])
    axes.set_yticks([-2, 0, 2])


EXPERIMENT = Experiment(
    name="clipping",
    claim=(
        "Weight clipping biases the critic to simple functions and makes its gradients explode or "
        "vanish; the gradient penalty does neither."
    ),
    source=(
        "Gulrajani et al. 2017 (arXiv 1704.00028), section 3 and figure 1: value surfaces that "
        "miss the higher moments, gradient norms through 12 layers, weights at two extremes."
    ),
    measures=(
        "The generator stays at the data plus noise of unit variance. Surfaces: critics of "
        f"{SHALLOW} hidden layers of {WIDTH} on 8 Gaussians, 25 Gaussians and a swiss roll; how "
        "well one tells data from noise is the gap of its mean scores over its steepest slope at "
        "data, noise and half way; between those points it may be steeper. Depth: critics of "
        f"{DEEP} hidden layers on the swiss roll, the norm of the score's gradient by each layer's "
        f"output, and the weights. {STEPS:,} steps ({FULL_STEPS:,} in full), batch 256, "
        "RMSprop with clipping and Adam with the penalty, rate 5e-4. Surfaces and "
        "histograms are of the first seed."
    ),
    rule=(
        "Four conditions. On each of the three sets the penalty's worst seed has a larger gap "
        f"per slope than the best seed clipped at {USUAL:g}. With each clip and seed the gradient "
        f"changes by more than {STEADY:g} times, either way, from the last hidden layer to the "
        f"first. With the penalty it does so in no seed. With clip {USUAL:g}, over half of the "
        "weights lie within a hundredth of the limit in every seed. All: holds. Some: holds in "
        "part. None: fails."
    ),
    run=run,
)
