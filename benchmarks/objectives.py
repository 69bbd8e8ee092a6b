"""Names with every objective: what its own published settings reach here, and what others do.

    python benchmarks/objectives.py --updates 2000 --jobs 2 --out runs/objectives

Every attempt makes as many updates, of critic and generator together, so that those with five
critic steps make fewer generator steps. Corpus `surnames`, length 16, textgan's small networks,
float32, one thread, seed 0. A run that is complete is not repeated; `table.md` holds the figures
and the first five samples, `objectives.png` the curves. `gradient` is the norm of the generator's
gradient at the end, `sharp` the mean of the largest probability at a position.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

PUBLISHED = "published"
SMALL = "small"
SMALL_RATES = {
    "training.batch": 64, "training.critic_steps": 1, "training.beta1": 0.0, "training.beta2": 0.9,
    "training.generator_rate": 5e-4, "training.critic_rate": 1e-3,
}  # fmt: skip
"""One set for all objectives: that of the preset `small` when they were compared."""


@dataclass(frozen=True)
class Attempt:
    """An objective and the settings it is tried with: a preset, and what differs from it."""

    objective: str
    label: str
    preset: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, updates: int) -> dict[str, Any]:
        """Dotted keys over the preset's: network, run length and record are the same for all."""
        from textgan.training.settings import read_preset

        base = SMALL_RATES if self.preset == SMALL else read_preset(self.preset)
        flat = {**base, "objective.name": self.objective, **self.changes}
        steps = updates // (1 + flat["training.critic_steps"])
        return flat | {
            "corpus.name": "surnames",
            "corpus.length": 16,
            "network.width": 64,
            "network.blocks": 3,
            "network.residual_scale": 1.0,
            "network.head": "mean",
            "training.steps": steps,
            "training.minutes": None,
            "training.threads": 1,
            "training.dtype": "float32",
            "record.score_every": max(1, steps // 10),
            "record.score_samples": 1000,
            "checkpoint.every": max(1, steps // 4),
        }

    @property
    def folder(self) -> str:
        """The name of its run."""
        return f"{self.objective}, {self.label}".replace(", ", "-").replace(" ", "-")


SLOW_GENERATOR = {"training.generator_rate": 1e-4, "training.critic_rate": 5e-4}
SLOW_CRITIC = {"training.generator_rate": 5e-4, "training.critic_rate": 5e-5}

ATTEMPTS = (
    Attempt("gan-minimax", PUBLISHED, "gan"),
    Attempt("gan-minimax", SMALL, SMALL),
    Attempt("gan-minimax", "small, slow critic", SMALL, SLOW_CRITIC),
    Attempt("gan", PUBLISHED, "gan"),
    Attempt("gan", SMALL, SMALL),
    Attempt("gan", "small, slow generator", SMALL, SLOW_GENERATOR),
    Attempt("wgan-clip", PUBLISHED, "wgan-clip"),
    Attempt("wgan-clip", SMALL, SMALL),
    Attempt("wgan-clip", "small, clip 0.1", SMALL, {"objective.clip": 0.1}),
    Attempt("wgan-gp", PUBLISHED, "paper"),
    Attempt("wgan-gp", SMALL, SMALL),
    Attempt("wgan-lp", PUBLISHED, "paper"),
    Attempt("wgan-lp", SMALL, SMALL),
    Attempt("relativistic", PUBLISHED, "relativistic"),
    Attempt("relativistic", SMALL, SMALL),
    Attempt("hinge", PUBLISHED, "hinge"),
    Attempt("hinge", SMALL, SMALL),
    Attempt("hinge", "small, slow generator", SMALL, SLOW_GENERATOR),
)


def attempt(one: Attempt, updates: int, out: Path) -> None:
    """Train; a run that stands goes on."""
    from textgan.errors import TextganError
    from textgan.training.settings import resolve
    from textgan.training.train import train

    try:
        outcome = train(resolve(one.settings(updates)), out / one.folder)
        print(f"{one.folder}: {outcome.step:,} steps, {outcome.seconds:.0f} s", flush=True)
    except TextganError as error:
        print(f"{one.folder}: {error}", flush=True)


def scores(folder: Path) -> list[dict[str, Any]]:
    """The lines of a record that hold scores, each with its step."""
    from textgan.training.record import read

    return [
        {"step": line["step"], **line["scores"]}
        for line in read(folder / "record.jsonl")
        if "scores" in line
    ]


def seconds(folder: Path) -> float:
    """Training time at the last line."""
    from textgan.training.record import read

    return max(line.get("seconds", 0.0) for line in read(folder / "record.jsonl"))


def gradient(folder: Path) -> float:
    """The norm of the generator's gradient at the last line."""
    from textgan.training.record import read

    lines = read(folder / "record.jsonl")
    return float([line for line in lines if "terms" in line][-1]["generator_gradient"])


def sharpness(folder: Path) -> float:
    """The mean of the largest probability at a position, over 256 generated lines."""
    import torch

    from textgan.model import TextGAN

    generator = TextGAN.from_pretrained(folder).generator
    with torch.no_grad():
        drawn = torch.randn(256, generator.latent, generator=torch.Generator().manual_seed(0))
        return float(generator.logits(drawn).softmax(-1).max(-1).values.mean())


def shown(line: Mapping[str, float], name: str) -> str:
    """A score, or that samples are too short to have one."""
    return f"{line[name]:.3f}" if name in line else "none"


def table(attempts: list[Attempt], out: Path) -> str:
    """Markdown: a row an attempt, and real text below."""
    heads = ("objective", "settings", "steps", "s", "JS-2", "JS-4", "unique", "gradient", "sharp")
    rows = [f"| {' | '.join(heads)} | five samples |", "|---" * (len(heads) + 1) + "|"]
    for one in attempts:
        run = out / one.folder
        end = scores(run)[-1]
        lines = sorted((run / "samples").iterdir())[-1].read_text("utf-8").split("\n")[:5]
        rows.append(
            f"| `{one.objective}` | {one.label} | {end['step']:,} | {seconds(run):.0f} "
            f"| {shown(end, 'js2')} | {shown(end, 'js4')} | {end['unique']:.3f} "
            f"| {gradient(run):.0e} | {sharpness(run):.3f} "
            f"| {', '.join(line or '(empty)' for line in lines)} |"
        )
    rows.append(f"| real, held out | | | | {end['js2_real']:.3f} | {end['js4_real']:.3f} | | | | |")
    return "\n".join(rows) + "\n"


def picture(attempts: list[Attempt], out: Path) -> None:
    """JS-4 against updates, a panel an objective, a line an attempt."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(one.objective for one in attempts))
    columns = 4
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(11, 2.7 * rows), layout="constrained", dpi=110)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes, name in zip(grid.flat, names, strict=False):
        for one in (one for one in attempts if one.objective == name):
            # Samples shorter than four symbols share no 4-gram with anything.
            series = [{"js4": 1.0, **line} for line in scores(out / one.folder)]
            critic_steps = one.settings(1)["training.critic_steps"]
            updates = [line["step"] * (1 + critic_steps) for line in series]
            axes.plot(updates, [line["js4"] for line in series], marker=".", label=one.label)
        real = axes.axhline(series[-1]["js4_real"], color="0.35", linestyle="--", linewidth=1)
        axes.set_title(name, fontsize=10)
        axes.set_ylim(0.5, 1.02)
        axes.set_xlabel("updates, critic and generator")
        axes.legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 0.08))
    for axes in grid[:, 0]:
        axes.set_ylabel("JS-4 (0 same, 1 apart)")
    for axes in list(grid.flat)[len(names) :]:
        axes.set_axis_off()
        axes.legend([real], ["real lines held out"], loc="upper left", fontsize=9)
    figure.savefig(out / "objectives.png")


def main() -> None:
    """Train every attempt, then write the table and the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--updates", type=int, default=2000, help="of both networks, an attempt")
    parser.add_argument("--jobs", type=int, default=2, help="runs side by side")
    parser.add_argument("--out", type=Path, default=Path("runs/objectives"))
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        count = len(ATTEMPTS)
        list(pool.map(attempt, ATTEMPTS, [options.updates] * count, [options.out] * count))
    done = [one for one in ATTEMPTS if (options.out / one.folder / "record.jsonl").exists()]
    (options.out / "table.md").write_text(table(done, options.out), encoding="utf-8")
    picture(done, options.out)


if __name__ == "__main__":
    main()
