"""`textgan evaluate RUN --sweep`: quality against diversity, beside the n-gram model."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from textgan.cli.scored import RUN_SAMPLES, read_ground, write_json
from textgan.errors import InputError
from textgan.metrics.table import aligned, figure

if TYPE_CHECKING:
    from textgan.metrics.evaluate import Evaluation
    from textgan.report.sweep import Setting

NAMES = ("lm", "precision4", "recall4", "self_bleu4", "js4", "unique")


def run_sweep(arguments: argparse.Namespace, names: list[str] | None) -> int:
    """Draw the samples of every setting, score them, and show one table.

    Raises:
        InputError: the samples are not those of a run, or ``--best-of`` was given.
    """
    path = arguments.samples
    if arguments.best_of > 1:
        raise InputError(
            "--best-of and --sweep exclude each other: a sweep has its own; leave one out"
        )
    if not (Path(path) / "settings.toml").exists():
        raise InputError(f"--sweep: {path} is no run folder; a sweep draws its samples from a run")

    from textgan.metrics.evaluate import evaluate
    from textgan.model import TextGAN
    from textgan.report.sweep import CHOICES, drawn
    from textgan.training.runs import run_corpus

    model, corpus = TextGAN.from_pretrained(path), run_corpus(path)
    ground = read_ground(arguments.n or RUN_SAMPLES, corpus, arguments)
    count = ground.count
    level = arguments.level or model.tokenizer.level

    def score(lines: list[str]) -> "Evaluation":
        return evaluate(
            lines,
            ground.reference,
            train=ground.train,
            level=level,
            cut=arguments.cut,
            names=names or NAMES,
            seed=arguments.seed,
        )

    found: list[tuple[Setting, Evaluation]] = []
    train = ground.train or corpus.lines("train")
    choices = CHOICES if model.critic is not None else ()
    for setting, lines in drawn(
        model, train, ground.real or [], choices, level, count, arguments.seed
    ):
        if any(line.strip() for line in lines):
            print(f"scoring {setting}", file=sys.stderr)
            found.append((setting, score(lines)))
        elif setting.family != "real":
            print(f"{setting}: every sample is blank; left out", file=sys.stderr)
    if arguments.json:
        curve = [
            {"setting": s.family, "value": s.value, "n": e.n, "scores": e.as_json()["scores"]}
            for s, e in found
        ]
        write_json(arguments.json, {"n": count, "level": level, "sweep": curve})
    if arguments.json != "-":
        head = [f"samples    {path}: {count:,} at every setting, seed {arguments.seed}"]
        columns = [score.name for score in found[0][1].scores]
        rows = [["", *columns]]
        rows += [[str(s), *(figure(e[name].value) for name in columns)] for s, e in found]
        print("\n".join([*head, *ground.said, f"level      {level}", "", *aligned(rows)]))
    return 0
