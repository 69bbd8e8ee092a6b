"""Train on surnames for three minutes and look at what comes out; no download, no flags.

Examples:
  textgan quickstart
  textgan quickstart --minutes 1 --out runs/first
"""

import argparse
import shlex
from typing import TYPE_CHECKING

from textgan.cli.streams import say
from textgan.cli.train import add_run_arguments, flags, train_with

if TYPE_CHECKING:
    from textgan.model import TextGAN
    from textgan.screen import Screen
    from textgan.training.train import Plan

SHOWN = 8
SCORED = 1_000
BEST_OF = 4
"""Lines that the critic chooses one from, for what is shown beside plain samples."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `textgan quickstart`."""
    add_run_arguments(parser, "runs/quickstart")


def run(arguments: argparse.Namespace) -> int:
    """Train, show samples from before, during and after, evaluate, say what to type next."""
    from textgan.training.settings import read_preset

    arguments.out = arguments.out or "runs/quickstart"
    done = train_with(arguments, [read_preset("quickstart"), flags(arguments)], concluded=False)
    if done is None:
        return 0
    plan, outcome, screen = done
    if not outcome.complete:
        say(f"stopped at step {outcome.step:,}; the same command goes on")
        return 0
    from textgan.model import TextGAN

    state = plan.state
    model = TextGAN(plan.corpus.tokenizer, state.average, critic=state.critic)
    _show_samples(plan, model, screen)
    _show_scores(plan, model)
    folder = shlex.quote(str(plan.folder))
    steps = {
        f"textgan sample {folder} -n 1000 --unique --novel": "all different, and new",
        f"textgan sample {folder} --best-of {BEST_OF}": "the critic chooses, one of four",
        f"textgan evaluate {folder}": "every score, with error bars",
        f"textgan report {folder}": "one page that shows the run",
        "textgan train YOUR_FILE.txt": "a line an example, any alphabet",
        "textgan corpora list": "other text to train on",
    }
    width = max(map(len, steps))
    print(f"\nThe run is in {plan.folder}. What to type next:\n")
    for command, what in steps.items():
        print(f"  {command:<{width}}   {what}")
    return 0


def _show_samples(plan: "Plan", model: "TextGAN", screen: "Screen") -> None:
    stages = []
    if len(screen.samples) > 2:
        kept = screen.samples[0], screen.samples[max(1, len(screen.samples) // 4)]
        stages = [(f"step {step:,}", lines) for step, lines, _ in kept]
    stages.append((f"step {plan.state.step:,}", model.sample(SHOWN)))
    stages.append((f"best of {BEST_OF}", model.sample(SHOWN, best_of=BEST_OF)))
    stages.append(("real", list(plan.corpus.lines("test")[:SHOWN])))
    width = max(plan.corpus.length, 12) + 2
    print("\n" + "".join(title.ljust(width) for title, _ in stages))
    for row in range(SHOWN):
        cells = (lines[row] if row < len(lines) else "" for _, lines in stages)
        print("".join(cell.ljust(width) for cell in cells).rstrip())


def _show_scores(plan: "Plan", model: "TextGAN") -> None:
    from textgan.api import evaluate

    # The same lines as of `textgan evaluate`: what is printed here can be had again.
    real = plan.corpus.lines("validation")
    found = [
        evaluate(
            [line for line in model.sample(SCORED, best_of=count) if line.strip()],
            reference=plan.corpus.lines("test"),
            real=real,
            train=plan.corpus.lines("train"),
            names=["js2", "js4", "unique", "novel"],
        )
        for count in (1, BEST_OF)
    ]
    meanings = {
        "js2": "distance of letter pairs from real text (0 same, 1 nothing in common)",
        "js4": "the same of runs of four letters",
        "unique": "share of different lines",
        "novel": "share of lines that are not in the training text",
    }
    compared = min(SCORED, len(real))
    print(f"\n{compared:,} samples, and as many real lines, against real lines not trained on:\n")
    print(f"{'':8}{'samples':>9}{f'best of {BEST_OF}':>11}{'real':>9}")
    for plain, best in zip(*(result.scores for result in found), strict=True):
        values = zip((plain.value, best.value, plain.real), (9, 11, 9), strict=True)
        cells = "".join("–".rjust(w) if v is None else f"{v:{w}.3f}" for v, w in values)
        print(f"{plain.name:8}{cells}   {meanings[plain.name]}")
