"""Do 101 layers train at the settings of three? Generator and critic of 101 convolutions each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from textgan.lab.experiment import Experiment, Finding, Lab, Tick, Verdict
from textgan.lab.lines import NOBODYS_OWN, UNITS, course, evenly, objectives, settings, told
from textgan.lab.looks import look
from textgan.report.style import MUTED, canvas, step_axis

STEPS, FULL_STEPS = 1000, 4000
POINTS = 10
BLOCKS: Mapping[str, int] = {"101 layers": 50, "3 layers": 1}
"""Residual blocks of generator and of critic."""

DEEP, SHALLOW = BLOCKS
OURS = "wgan-gp"
COMPARED = ("gan", "wgan-clip", OURS)
SETTINGS: Mapping[str, Any] = {
    "network.width": 32,
    "network.kernel": 3,
    "network.latent": 32,
    "network.residual_scale": 0.1,
    "network.output": "straight-through",
    "training.batch": 32,
    "training.average": 0.95,
}
"""Of every objective and depth. Fifty blocks in a row ask for small branches. Critics see symbols,
not probabilities, by whose softness they would tell the two apart whatever the depth."""

BEHIND = 0.1
"""Bits of JS-2 that a deep network may stay behind the shallow one of its objective and seed."""

GAINED = 0.1
"""Bits of JS-2 that networks which learn are below their untrained selves: as many as may be lost
by depth, and ten times what two samples of 1,000 lines differ by."""


def run(lab: Lab) -> Finding:
    """Train both depths with each objective and seed."""
    names = objectives(lab, *COMPARED)
    steps = FULL_STEPS if lab.full else STEPS
    jobs = [(depth, name, seed, steps) for depth in BLOCKS for name in names for seed in lab.seeds]
    found = lab.spread(train, jobs, UNITS)
    runs: dict[str, dict[str, list[dict[str, Any]]]] = {
        depth: {name: [] for name in names} for depth in BLOCKS
    }
    for (depth, name, _, _), each in zip(jobs, found, strict=True):
        runs[depth][name].append(each)
    depths = {
        name: [Pair.of(*pair) for pair in zip(runs[DEEP][name], runs[SHALLOW][name], strict=True)]
        for name in names
    }
    said = "; ".join(
        f"{depth}: "
        + ", ".join(
            f"{name} JS-2 {_end(runs[depth][name], 'js2')}, JS-4 {_end(runs[depth][name], 'js4')}"
            for name in names
        )
        for depth in BLOCKS
    )
    real = runs[DEEP][OURS][0]["real"]
    line = (
        f"{said_of(depths)} After {steps} updates, median (range) of {len(lab.seeds)} seeds, "
        f"{said}; held-out lines: {real['js2']:.2f}, {real['js4']:.2f}."
    )
    pairs = {name: [vars(pair) for pair in of] for name, of in depths.items()}
    figures = {"steps": steps, "pairs": pairs, "runs": runs}
    return Finding(decide(depths), line, figures, draw(runs))


def _end(found: Sequence[Mapping[str, Any]], order: str) -> str:
    return told([each["last"][order] for each in found])


def train(depth: str, name: str, seed: int, steps: int, tick: Tick) -> dict[str, Any]:
    """One run: JS-2 and JS-4 on the way, the untrained generator first."""
    changes = {
        "network.blocks": BLOCKS[depth], "objective.name": name, "training.seed": seed,
    }  # fmt: skip
    at = (0, *evenly(steps, min(POINTS, steps)))
    found = course(settings(SETTINGS, changes), at, tick)
    return {
        "seed": seed,
        "step": [point.step for point in found.points],
        **{order: [point.js[order] for point in found.points] for order in ("js2", "js4")},
        "last": {order: found.last(order) for order in ("js1", "js2", "js3", "js4")},
        "real": found.real,
        "lines": list(found.lines[:10]),
        "diverged": found.diverged,
    }


@dataclass(frozen=True)
class Pair:
    """What one seed of an objective says of its two depths.

    Attributes:
        gained: bits of JS-2 by which the shallow networks are below their untrained selves.
        behind: bits of JS-2 by which the deep ones end above the shallow ones.
        diverged: whether the deep ones did.
    """

    gained: float
    behind: float
    diverged: bool

    @classmethod
    def of(cls, deep: Mapping[str, Any], shallow: Mapping[str, Any]) -> "Pair":
        """From the two runs, as `train` gives them."""
        reached = shallow["last"]["js2"]
        return cls(
            float(shallow["js2"][0] - reached),
            float(deep["last"]["js2"] - reached),
            deep["diverged"],
        )

    @property
    def learned(self) -> bool:
        """Whether three layers have learned, without which the depths do not compare."""
        return self.gained >= GAINED

    @property
    def trains(self) -> bool:
        """Whether 101 layers train as three do, which have learned."""
        return self.learned and not self.diverged and self.behind <= BEHIND


def most(flags: Iterable[bool]) -> bool:
    """Whether more than half of them are set."""
    of = list(flags)
    return 2 * sum(of) > len(of)


def decide(depths: Mapping[str, Sequence[Pair]]) -> Verdict:
    """By most of the seeds: see the rule of `EXPERIMENT`."""
    trains = {name: most(pair.trains for pair in depths[name]) for name in COMPARED}
    if not trains[OURS]:
        return "fails"
    return "holds in part" if any(trains[name] for name in COMPARED if name != OURS) else "holds"


def said_of(depths: Mapping[str, Sequence[Pair]]) -> str:
    """Who learned with three layers and who trains with 101, in two sentences."""
    learned = {name: sum(pair.learned for pair in of) for name, of in depths.items()}
    trains = {name: sum(pair.trains for pair in of) for name, of in depths.items()}
    counts = "; ".join(
        f"{what}: " + ", ".join(f"{name} {count}" for name, count in of.items())
        for what, of in (("3 layers learned", learned), ("101 train as well", trains))
    )
    decided = most(pair.learned for pair in depths[OURS])
    start = "" if decided else f"Undecided: 3 layers of {OURS} have not learned in most seeds. "
    return f"{start}Of {len(depths[OURS])} seeds, {counts}."


def draw(runs: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> Figure:
    """JS-2 above and JS-4 below over steps, deep networks left and shallow ones right."""
    figure, panels = canvas(480, 2, 2, width=900, sharex=True, sharey="row")
    for (depth, of), column in zip(runs.items(), panels.T, strict=True):
        for axes, order in zip(column, ("js2", "js4"), strict=True):
            for name, found in of.items():
                colour, dash = look(name)
                for i, each in enumerate(found):
                    axes.plot(
                        each["step"], each[order], color=colour, linestyle=dash, linewidth=1.3,
                        label=None if i else name,
                    )  # fmt: skip
            real = next(iter(of.values()))[0]["real"][order]
            axes.axhline(
                real, color=MUTED, linewidth=1, linestyle=(0, (1, 2)), label="held-out lines"
            )
        column[0].set_title(f"{depth} each", fontsize=12)
        column[-1].set_xlabel("generator updates")
        step_axis(column[-1])
    panels[0][0].set_ylabel("JS-2 (bits)")
    panels[1][0].set_ylabel("JS-4 (bits)")
    figure.legend(*panels[0][0].get_legend_handles_labels(), ncols=5, loc="outside upper left")
    return figure


EXPERIMENT = Experiment(
    name="depth",
    claim=(
        "Residual networks of 101 layers train with the penalty, at settings with which others "
        "do not."
    ),
    source=(
        "Gulrajani et al. 2017 (arXiv 1704.00028), section 5.2 and figure 2: a 101-layer residual "
        "generator and discriminator on LSUN bedrooms, shown by pictures and no figure; of "
        "WGAN-GP, weight clipping, DCGAN and LSGAN only the first trained every architecture with "
        "one set of settings. They do not claim that it is impossible without it."
    ),
    measures=(
        "Surnames of at most 8 letters. Generator and critic have 50 residual blocks of two "
        "convolutions each and one convolution of kernel 1 at the vocabulary: 101 convolutions on "
        "the way from end to end, the linear layers at latents and score not counted; width 32, "
        "kernel 3, branches weighed by 0.1, the most probable symbols for the critic with the "
        "softmax's gradient. Beside them the same with a single block, 3 "
        f"convolutions. Every objective has the same settings at both depths: {STEPS} updates "
        f"({FULL_STEPS:,} in full), one critic step, batch 32, Adam at 5e-4 (generator) and "
        "1e-3 (critic). JS-2 and JS-4 are of 1,000 lines of the averaged generator "
        "against the training lines; the untrained generator's are the first. " + NOBODYS_OWN
    ),
    rule=(
        f"In a seed, 3 layers have learned where their JS-2 ends at least {GAINED:g} below that of "
        "the same networks untrained; 101 layers train where those 3 have learned, they do not "
        f"diverge, and their JS-2 ends at most {BEHIND:g} above. An objective does either where it "
        "does in more than half of the seeds. Holds: 101 layers of wgan-gp train, of gan and "
        "wgan-clip do not. In part: wgan-gp's and another's train. Fails: wgan-gp's do not; where "
        "its 3 layers have not learned either, nothing was shown, and the result says undecided."
    ),
    run=run,
)
