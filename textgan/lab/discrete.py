"""A language model on discrete data without policy gradient: JS-1 … 4 for each objective."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from matplotlib.figure import Figure

from textgan.lab.experiment import Experiment, Finding, Lab, Tick, Verdict
from textgan.lab.lines import NOBODYS_OWN, SAMPLES, Text, course, objectives, repeat, settings
from textgan.lab.looks import hatch, look
from textgan.metrics.kneser_ney import NgramModel
from textgan.report.style import INK, MUTED, canvas
from textgan.training.settings import Settings

STEPS, FULL_STEPS = 2500, 10_000
ORDERS = ("js1", "js2", "js3", "js4")
JUDGED = ORDERS[1:]
"""The orders that the rule looks at: letters alone are no language."""

COMPARED = ("gan", "wgan-clip", "wgan-gp")
PAIRS, LETTERS = "letter pairs", "letters alone"
FULL: Mapping[str, Any] = {
    "corpus.length": 16,
    "network.width": 64,
    "network.blocks": 3,
    "network.latent": 128,
}
QUICK: Mapping[str, Any] = {"training.average": 0.99}
"""An average that keeps up with a short run."""

SHOWN = 12

DRAWS = 20
"""Sets of lines of each n-gram model: one is chance, their median is the bar."""


def run(lab: Lab) -> Finding:
    """Train with each objective and seed; score its lines beside real ones and n-gram models."""
    names = objectives(lab, *COMPARED)
    runs = repeat(lab, train, names, lab.full)
    drawn = references(lab.full)
    beside = {name: middles(of) for name, of in drawn.items()}
    said = "; ".join(
        f"{name} "
        + ", ".join(f"{median(each['js'][o] for each in runs[name]):.2f}" for o in JUDGED)
        for name in names
    )
    line = (
        f"JS-2, JS-3, JS-4 in bits, median of {len(lab.seeds)} seeds: {said}; "
        + "; ".join(
            f"{name} " + ", ".join(f"{of[o]:.2f}" for o in JUDGED) for name, of in beside.items()
        )
        + f" (n-gram models: median of {DRAWS} draws; JS-2 of letters alone from "
        f"{min(each['js2'] for each in drawn[LETTERS]):.3f} to "
        f"{max(each['js2'] for each in drawn[LETTERS]):.3f})."
    )
    figures = {
        "steps": FULL_STEPS if lab.full else STEPS, "runs": runs, "beside": beside, "drawn": drawn,
    }  # fmt: skip
    return Finding(decide(runs, beside[LETTERS]), line, figures, draw(runs, beside))


def wanted(full: bool, *changes: Mapping[str, Any]) -> Settings:
    """The settings of every objective."""
    return settings(FULL if full else QUICK, *changes)


def train(name: str, seed: int, full: bool, tick: Tick) -> dict[str, Any]:
    """One run: its divergences and its first lines."""
    steps = FULL_STEPS if full else STEPS
    changes = {"objective.name": name, "training.seed": seed}
    found = course(wanted(full, changes), (steps,), tick)
    return {
        "seed": seed,
        "js": {order: found.last(order) for order in ORDERS},
        "unique": len(set(found.lines)) / SAMPLES,
        "lines": list(found.lines[:SHOWN]),
        "diverged": found.diverged,
    }


def references(full: bool) -> dict[str, list[dict[str, float]]]:
    """The same divergences of held-out real lines, and of each draw of two n-gram models."""
    text = Text.of(wanted(full))
    train, level = text.corpus.lines("train"), text.corpus.tokenizer.level

    def js(lines: list[str]) -> dict[str, float]:
        found = text.js(lines)
        return {order: found[order] for order in ORDERS}

    found = {"held-out lines": [js(text.held_out)]}
    for name, order in ((PAIRS, 2), (LETTERS, 1)):
        model = NgramModel.train(train, level, order)
        found[name] = [js(model.sample(SAMPLES, seed)) for seed in range(DRAWS)]
    return found


def middles(drawn: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each order over the draws."""
    return {order: median(each[order] for each in drawn) for order in ORDERS}


def decide(runs: Mapping[str, Sequence[Mapping[str, Any]]], bar: Mapping[str, float]) -> Verdict:
    """By how many seeds of wgan-gp are below the bar in every order: see the rule."""
    passed = [all(each["js"][order] < bar[order] for order in JUDGED) for each in runs["wgan-gp"]]
    return "holds" if all(passed) else "holds in part" if any(passed) else "fails"


def draw(
    runs: Mapping[str, Sequence[Mapping[str, Any]]], beside: Mapping[str, Mapping[str, float]]
) -> Figure:
    """JS-1 … 4 above, a mark a seed; the lines of the first seed below, side by side."""
    figure, (axes, below) = canvas(560, 2, 1, width=900, height_ratios=(3, 2))
    wide = 0.8 / len(runs)
    for i, (name, found) in enumerate(runs.items()):
        colour, _ = look(name)
        places = [at + (i + 0.5) * wide - 0.4 for at in range(len(ORDERS))]
        middle = [median(each["js"][order] for each in found) for order in ORDERS]
        axes.bar(
            places, middle, 0.9 * wide, color=colour, alpha=0.45, label=name, hatch=hatch(name),
            edgecolor=colour, linewidth=0,
        )  # fmt: skip
        for each in found:
            axes.plot(places, [each["js"][o] for o in ORDERS], "o", color=colour, markersize=4)
    for (name, values), dash in zip(beside.items(), ("-", (0, (5, 2)), (0, (1, 1))), strict=True):
        for at, order in enumerate(ORDERS):
            named = name if at == 0 else None
            axes.plot(
                [at - 0.45, at + 0.45], [values[order]] * 2, color=INK, linestyle=dash,
                linewidth=1.3, label=named,
            )  # fmt: skip
    axes.set_xticks(range(len(ORDERS)), [order.upper().replace("JS", "JS-") for order in ORDERS])
    axes.set_ylabel("divergence from training lines (bits)")
    axes.set_ylim(0, 1.02)
    axes.legend(ncols=6, loc="lower left", bbox_to_anchor=(0, 1), handlelength=1.8, fontsize=10)
    below.axis("off")
    for i, (name, found) in enumerate(runs.items()):
        written = "\n".join(found[0]["lines"][:SHOWN])
        left = i / len(runs)
        below.text(left, 1.0, name, color=look(name)[0], va="top", fontsize=12)
        below.text(left, 0.88, written, color=MUTED, va="top", fontsize=10, family="monospace")
    return figure


EXPERIMENT = Experiment(
    name="discrete",
    claim="A language model on discrete data trains with no policy gradient.",
    source=(
        "Gulrajani et al. 2017 (arXiv 1704.00028), section 5.5 and table 4: a character model of "
        "sentences whose softmax goes straight into the critic, shown by 18 samples and no figure; "
        "with the standard GAN they could not produce comparable results, and do not claim that "
        "it is impossible. Heusel et al. 2017 (arXiv 1706.08500) score the same model by the "
        "divergence of 4-grams and 6-grams, on longer text, so that their figures do not compare."
    ),
    measures=(
        "Surnames of at most 8 letters; two residual blocks, width 32, one critic step, Adam at "
        f"5e-4 and 1e-3, the same for all, {STEPS:,} updates; in full at most 16 letters, three "
        f"blocks, width 64, {FULL_STEPS:,} updates. JS-1 to JS-4 of {SAMPLES:,} lines of "
        "the averaged generator against the training lines, most probable letter at each place; "
        "beside them as many held-out real lines, and lines of n-gram models that know letters "
        f"alone (n = 1) and pairs (n = 2), which are drawn {DRAWS} times. " + NOBODYS_OWN
    ),
    rule=(
        "A run has learned more than letters where JS-2, JS-3 and JS-4 are each below those of "
        "lines that draw every letter on its own with its frequency, in the median over "
        f"{DRAWS} draws. Holds: wgan-gp does with "
        "every seed. In part: with some. Fails: with none."
    ),
    run=run,
)
