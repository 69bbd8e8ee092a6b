"""Train on a corpus; the same command resumes, and one with more steps or minutes goes on.

Examples:
  textgan train names.txt --length 16 --minutes 3
  textgan train captions.txt.gz --set network.width=128 --out runs/captions
  textgan train names.txt --preset hinge --out runs/hinge
  textgan train docstrings --preset small --steps 20000 --seed 1
  cat lines | textgan train - --out runs/mine
  torchrun --nproc-per-node 2 -m textgan train names.txt --out runs/names
"""

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from textgan.cli.reading import add_labels_argument, add_reading_arguments, progress_line
from textgan.cli.streams import say

if TYPE_CHECKING:
    from textgan.screen import Screen
    from textgan.training.loop import Outcome
    from textgan.training.settings import NetworkSettings, Settings
    from textgan.training.train import Plan

KEYS = {
    "corpus": "corpus.name",
    "objective": "objective.name",
    "steps": "training.steps",
    "minutes": "training.minutes",
    "seed": "training.seed",
    "device": "training.device",
    "threads": "training.threads",
    "tokenizer": "tokenizer.name",
    "vocab_size": "tokenizer.vocab_size",
    "max_vocab": "tokenizer.max_vocab",
    "keep": "checkpoint.keep",
}
"""Flags and the settings they set; a reading flag sets the setting `corpus.` of its own name."""


OBJECTIVE = "gan-minimax, gan, wgan-clip, wgan-gp, wgan-lp, relativistic or hinge"
"""Written out, so that `--help` need not import what needs torch; a test compares."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `textgan train`."""
    parser.add_argument("corpus", metavar="CORPUS", help="card, path, hf:owner/name, or -")
    add_run_arguments(parser, "runs/ and the corpus's name")
    parser.add_argument("--preset", default="small", help="settings to start from (%(default)s)")
    parser.add_argument("--config", metavar="FILE.toml", help="settings over the preset's")
    parser.add_argument("--objective", metavar="NAME", help=OBJECTIVE)
    parser.add_argument("--keep", type=int, metavar="K", help="checkpoints that are kept (2)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="sets",
                        help="any setting, such as network.width=128; may be repeated")  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="say what would be done")
    add_labels_argument(parser)
    add_reading_arguments(parser)


def add_run_arguments(parser: argparse.ArgumentParser, folder: str) -> None:
    """The options that `quickstart` shares; `folder` says where a run goes by itself."""
    parser.add_argument("--out", metavar="RUN", help=f"run folder ({folder})")
    parser.add_argument("--steps", type=int, metavar="N", help="generator updates in all")
    parser.add_argument("--minutes", type=float, metavar="M", help="training time in all")
    parser.add_argument("--seed", type=int, metavar="S")
    parser.add_argument("--device", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (all cores)")
    parser.add_argument(
        "--fresh", action="store_true", help="start over; with --yes if a run stands"
    )
    parser.add_argument("--yes", action="store_true", help="confirm that --fresh deletes a run")


def run(arguments: argparse.Namespace) -> int:
    """Train, and say how to go on."""
    from textgan.training.settings import read_assignments, read_file, read_preset

    sources = [read_preset(arguments.preset)]
    if arguments.config:
        from pathlib import Path

        sources.append(read_file(Path(arguments.config)))
    said = {**flags(arguments), **read_assignments(arguments.sets)}  # one command, one source
    train_with(arguments, [*sources, said])
    return 0


def flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that flags give."""
    from textgan.training.settings import keys

    known = set(keys())
    given = {KEYS.get(name, f"corpus.{name}"): value for name, value in vars(arguments).items()}
    return {key: value for key, value in given.items() if key in known and value is not None}


def train_with(
    arguments: argparse.Namespace, sources: list[dict[str, Any]], concluded: bool = True
) -> tuple["Plan", "Outcome", "Screen"] | None:
    """Train with the settings of `sources` and the folder of `arguments`.

    Returns:
        Plan, outcome and screen; none after a dry run, or where another process writes.
    """
    from textgan.files import folder_for
    from textgan.screen import shown
    from textgan.training.runs import default_folder
    from textgan.training.settings import resolve
    from textgan.training.train import plan_run, train

    settings = resolve(*sources)
    folder = folder_for(arguments.out or default_folder(settings), "--out")
    if getattr(arguments, "dry_run", False):
        plan = plan_run(
            settings,
            folder,
            fresh=arguments.fresh,
            confirmed=arguments.yes,
            say=say,
            progress=progress_line(),
        )
        describe_plan(plan)
        say("dry run: nothing was trained")
        return None
    seen: list[tuple[Plan, Screen]] = []

    with shown(say) as show:

        def watch(plan: "Plan") -> "Screen":
            describe_plan(plan)
            seen.append((plan, show(plan)))
            return seen[0][1]

        outcome = train(
            settings,
            folder,
            fresh=arguments.fresh,
            confirmed=arguments.yes,
            watch=watch,
            say=say,
            progress=progress_line(),
        )
    if not seen:  # not the first of several processes
        return None
    plan, screen = seen[0]
    if concluded:
        conclude(plan, outcome, screen)
    return plan, outcome, screen


def _counted(settings: "Settings") -> str:
    count = settings.network.critics
    return "critic" if count == 1 else f"{count} critics"


def _of_critic(network: "NetworkSettings") -> str:
    width, blocks = network.critic_width or network.width, network.critic_blocks or network.blocks
    alike = (width, blocks) == (network.width, network.blocks)
    return "" if alike else f"; of a critic width {width}, {blocks} blocks"


def describe_plan(plan: "Plan") -> None:
    """The few lines before training."""
    from textgan.text.corpus import describe

    settings, state = plan.settings, plan.state
    generator, critic = (
        sum(p.numel() for p in network.parameters()) for network in (state.generator, state.critic)
    )
    say(describe(plan.corpus.summary))
    network = settings.network
    say(
        f"networks generator {generator:,} and {_counted(settings)} {critic:,} parameters, "
        f"width {network.width}, {network.blocks} blocks{_of_critic(network)}"
    )
    training = settings.training
    length = f"{training.steps:,} steps" if training.steps else ""
    length += " or " if training.steps and training.minutes else ""
    length += f"{training.minutes:g} minutes" if training.minutes else ""
    device = state.generator.output.weight.device.type
    say(
        f"training {plan.objective.name}, {length}, batch {training.batch}, {training.dtype} on "
        f"{device}, {training.threads} threads, seed {training.seed}"
    )
    say(f"run      {plan.folder}" + (f", from step {state.step:,}" if state.step else ""))


def conclude(plan: "Plan", outcome: "Outcome", screen: "Screen") -> None:
    """What to know and to type after training."""
    from textgan.text.labels import most_frequent

    folder, quoted = plan.folder, shlex.quote(str(plan.folder))
    if not screen.samples and outcome.complete:
        say(f"{folder} is complete at step {outcome.step:,}; more --steps or --minutes go on")
        return
    ending = "done" if outcome.complete else "stopped; the same command goes on"
    say(f"step {outcome.step:,} after {outcome.seconds:.0f} s of training: {ending}")
    if outcome.complete:
        lines = [line for line in screen.samples[-1][1] if line][:5] if screen.samples else []
        for line in lines:
            print(line)
        splits, labels = plan.corpus.summary.splits, plan.corpus.summary.labels
        held = splits["test"] > 1 or (splits["test"] and splits["validation"])
        against = "" if held else " --reference train --no-real"
        # A label may begin as an option does.
        of = f" --label={shlex.quote(most_frequent(labels)[0])}" if labels else ""
        say(f"next:  textgan sample {quoted} -n 20{of}   |   textgan evaluate {quoted}{against}")
