"""Is the critic's slope near one where it matters? Gradient norms through training."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from textgan.lab.experiment import Experiment, Finding, Lab, Tick, judge
from textgan.lab.lines import Moment, Text, evenly, follow, objectives, repeat, settings
from textgan.lab.looks import look
from textgan.objectives.penalty import slope
from textgan.objectives.phases import rows_of
from textgan.report.style import MUTED, canvas, plain_log, step_axis
from textgan.training.draws import SAMPLE_LATENT, noise

STEPS, FULL_STEPS = 600, 4000
POINTS = 30
ROWS = 256
"""Real lines, generated rows and mixtures whose slopes are taken at a time."""

SEED_OF_ROWS = 1_000_003
"""Of latents and mixing weights, which no training run has seen."""

PLACES = ("interpolates", "real", "generated")
NEAR = 0.1
"""The median slope at interpolates is near one within this much …"""

NEAR_ENDS = 0.3
"""… and at real and at generated rows within this much."""

FAR = 0.2
"""Medians below this are shown on a logarithmic axis, so that slope one fits in."""

LATER = 0.5
"""The part of a run that the rule looks at: its second half."""


def run(lab: Lab) -> Finding:
    """Train with each objective and seed, and take slopes on the way."""
    names = objectives(lab, "wgan-gp", "wgan-lp", "wgan-clip")
    steps = FULL_STEPS if lab.full else STEPS
    runs = repeat(lab, train, names, steps)
    late = {name: {place: later(runs[name], place) for place in PLACES} for name in names}
    said = "; ".join(
        f"{name} "
        + ", ".join(
            f"{spread[1]:.3g} ({spread[0]:.3g} to {spread[2]:.3g})" for spread in of.values()
        )
        for name, of in late.items()
    )
    line = (
        "Slope at interpolates, at real and at generated rows in the second half, median (5 % to "
        f"95 %) over {len(lab.seeds)} seeds: {said}."
    )
    figures = {"steps": steps, "later": late, "runs": runs}
    return Finding(judge(*conditions(late)), line, figures, draw(runs))


def train(name: str, seed: int, steps: int, tick: Tick) -> dict[str, Any]:
    """One run: at each of `POINTS` steps the 5 %, 50 % and 95 % points of the slopes."""
    wanted = settings({"objective.name": name, "training.seed": seed})
    text = Text.of(wanted)
    found: dict[str, Any] = {"seed": seed, "step": [], **{place: [] for place in PLACES}}
    for moment in follow(wanted, text, evenly(steps, min(POINTS, steps)), tick):
        found["step"].append(moment.step)
        for place, slopes in slopes_of(moment, text).items():
            found[place].append([float(q) for q in np.percentile(slopes.numpy(), (5, 50, 95))])
    return found


def slopes_of(moment: Moment, text: Text) -> dict[str, Tensor]:
    """The critic's slope at rows of each kind, `(rows,)` each.

    Generated rows come from the generator as it stands, as in training, not from its average.
    """
    state, encoded = moment.state, text.corpus.encoded("train")
    count = min(ROWS, len(encoded))
    real = torch.from_numpy(encoded[:: len(encoded) // count][:count].astype(np.int64))
    z = noise((count, state.generator.latent), SEED_OF_ROWS, 0, SAMPLE_LATENT, False)
    mix = noise((count, 1, 1), SEED_OF_ROWS, 0, SAMPLE_LATENT, True)
    with torch.no_grad():
        generated = state.generator(z)
    ends = rows_of(real, generated.shape[-1], generated.dtype)
    rows = {"interpolates": torch.lerp(generated, ends, mix), "real": ends, "generated": generated}
    return {place: slopes_at(state.critic, rows[place]) for place in PLACES}


def slopes_at(critic: nn.Module, rows: Tensor) -> Tensor:
    """The norm of the gradient at each row of `(rows, length, vocab)`, of a critic that rests.

    Its parameters require no gradient then, as at every `Moment`, and so receive none.
    """
    with torch.enable_grad():
        points = rows.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(critic(points).sum(), points)
    return slope(gradient)


def later(runs: Sequence[Mapping[str, Any]], place: str) -> list[float]:
    """The 5 %, 50 % and 95 % points in the later part of the runs, each the mean over time."""
    rows = [run[place][int(LATER * len(run[place])) :] for run in runs]
    return [float(value) for value in np.concatenate(rows).mean(0)] if rows[0] else [0.0] * 3


def conditions(late: Mapping[str, Mapping[str, Sequence[float]]]) -> tuple[bool, ...]:
    """What must be met: see the rule of `EXPERIMENT`."""
    held = late["wgan-gp"]
    return (
        abs(held["interpolates"][1] - 1) <= NEAR,
        all(abs(held[place][1] - 1) <= NEAR_ENDS for place in ("real", "generated")),
        all(abs(late["wgan-clip"][place][1] - 1) > NEAR_ENDS for place in PLACES),
    )


def draw(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """A row for each objective, a column for each kind of row: median and band over steps."""
    figure, panels = canvas(
        190 * len(runs), len(runs), 3, width=900, sharex=True, sharey="row", squeeze=False
    )
    for (name, found), row in zip(runs.items(), panels, strict=True):
        colour, _ = look(name)
        for place, axes in zip(PLACES, row, strict=True):
            for each in found:
                low, middle, high = np.array(each[place]).T
                axes.fill_between(each["step"], low, high, color=colour, alpha=0.15, linewidth=0)
                axes.plot(each["step"], middle, color=colour, linewidth=1.2)
            axes.axhline(1, color=MUTED, linewidth=1, linestyle=(0, (5, 3)))
            axes.set_title(f"{name}: {place}", fontsize=12)
        row[0].set_ylabel("slope")
        if min(point[1] for each in found for place in PLACES for point in each[place]) < FAR:
            plain_log(row[0])
    for axes in panels[-1]:
        axes.set_xlabel("generator updates")
        step_axis(axes)
    return figure


EXPERIMENT = Experiment(
    name="lipschitz",
    claim="The penalty holds the critic near slope one where it matters; clipping does not.",
    source=(
        "Gulrajani et al. 2017 (arXiv 1704.00028), proposition 1: the best critic has slope one "
        "almost everywhere on lines between real and generated points that the optimal plan "
        "couples; section 4: the penalty is taken on lines between points paired by chance; "
        "section 3 and figure 1 for what clipping does. Petzka et al. 2018 (arXiv "
        "1709.08894), equation 8: slopes below one are to be left free. Neither gives the slopes "
        "that were reached."
    ),
    measures=(
        "Surnames of at most 8 letters; two residual blocks, width 32, one critic step, Adam at "
        f"5e-4 and 1e-3, the same for all, {STEPS} updates "
        f"({FULL_STEPS:,} in full). At {POINTS} steps the norm of the "
        f"critic's gradient at {ROWS} real lines, as many generated rows and a mixture of each "
        "pair, none of whose latents were trained on. Lines are medians, one a seed; bands go "
        "from 5 % to 95 % of the rows; the dashed line is slope one. A clipped critic "
        "has a greatest slope too, but one that depends on clip and depth and that nobody chose."
    ),
    rule=(
        "Of medians over rows, averaged over the second half of the run and the seeds: (1) that of "
        f"wgan-gp at interpolates is within {NEAR} of 1; (2) those of wgan-gp at real and at "
        f"generated rows are within {NEAR_ENDS} of 1; (3) those of wgan-clip are all further than "
        f"{NEAR_ENDS} from 1. All: holds. Some: holds in part. None: fails."
    ),
    run=run,
)
