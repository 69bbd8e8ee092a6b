"""Train on surnames for three minutes and look at what comes out; no download, no flags.

Examples:
  textgan quickstart
  textgan quickstart --minutes 1 --out runs/first
"""

import argparse
from typing import TYPE_CHECKING

from textgan.cli.streams import say
from textgan.cli.train import add_run_arguments, flags, train_with

if TYPE_CHECKING:
    from textgan.cli.screen import Screen
    from textgan.training.train import Plan

SHOWN = 8
SCORED = 1_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `textgan quickstart`."""
    add_run_arguments(parser)


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
    _show_samples(plan, screen)
    _show_scores(plan)
    steps = {
        f"textgan sample {plan.folder} -n 1000 --unique": "a thousand more, all different",
        f"textgan evaluate {plan.folder}": "every score, with error bars",
        f"textgan report {plan.folder}": "one page that shows the run",
        "textgan train YOUR_FILE.txt": "a line an example, any alphabet",
        "textgan corpora list": "other text to train on",
    }
    width = max(map(len, steps))
    print(f"\nThe run is in {plan.folder}. What to type next:\n")
    for command, what in steps.items():
        print(f"  {command:<{width}}   {what}")
    return 0


def _show_samples(plan: "Plan", screen: "Screen") -> None:
    from textgan.model import TextGAN

    stages = []
    if len(screen.samples) > 2:
        kept = screen.samples[0], screen.samples[len(screen.samples) // 4]
        stages = [(f"step {step:,}", lines) for step, lines, _ in kept]
    model = TextGAN(plan.corpus.tokenizer, plan.state.average)
    stages.append((f"step {plan.state.step:,}", model.sample(SHOWN)))
    stages.append(("real", list(plan.corpus.lines("test")[:SHOWN])))
    width = max(plan.corpus.length, 12) + 2
    print("\n" + "".join(title.ljust(width) for title, _ in stages))
    for row in range(SHOWN):
        cells = (lines[row] if row < len(lines) else "" for _, lines in stages)
        print("".join(cell.ljust(width) for cell in cells).rstrip())


def _show_scores(plan: "Plan") -> None:
    from textgan.metrics.evaluate import evaluate
    from textgan.model import TextGAN

    train = plan.corpus.lines("train")
    held_out = (plan.corpus.lines("test") + plan.corpus.lines("validation"))[:SCORED]
    lines = TextGAN(plan.corpus.tokenizer, plan.state.average).sample(SCORED)
    result = evaluate(
        [line for line in lines if line.strip()],
        train,
        real=held_out,
        train=train,
        names=["js2", "js4", "unique", "novel"],
    )
    meanings = {
        "js2": "distance of letter pairs from real text (0 same, 1 nothing in common)",
        "js4": "the same of runs of four letters",
        "unique": "share of lines that occur once",
        "novel": "share of lines that are not in the training text",
    }
    print(f"\n{len(lines):,} samples, and {len(held_out):,} real lines held out, for comparison:\n")
    print(f"{'':8}{'samples':>9}{'real':>9}")
    for score in result.scores:
        value, real = (
            f"{v:9.3f}" if v is not None else "        –" for v in (score.value, score.real)
        )
        print(f"{score.name:8}{value}{real}   {meanings[score.name]}")
