"""Score a run or any text file (a line a sample) against real text.

Each score stands with its 95 % error bar and with the same score of as many real lines against the
same reference: better than real is a sign of collapse, not of quality.

  textgan evaluate samples.txt --reference corpus.txt
  textgan evaluate RUN                       against the run's own test split
  textgan evaluate RUN --reference train --real test
  textgan evaluate RUN --sweep               quality against diversity
  textgan evaluate RUN --label German        of lines with labels, those of one
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textgan.cli.by_label import by_label, rows_of
from textgan.cli.scored import (
    add_scoring_arguments,
    check_arguments,
    names_of,
    read_ground,
    read_samples,
    write_json,
)
from textgan.cli.streams import harmless
from textgan.cli.sweep import run_sweep
from textgan.errors import InputError
from textgan.metrics.table import table

PATIENCE = 5.0
"""Seconds of scoring before it is told how far it is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `textgan evaluate`."""
    parser.add_argument("samples", metavar="RUN_OR_TEXT", help="a run folder or a file of samples")
    add_scoring_arguments(parser)
    parser.add_argument(
        "--sweep",
        action="store_true",
        help="quality against diversity: temperatures, truncations, --best-of; n-gram models",
    )
    parser.add_argument("--label", metavar="NAME", help="of a run: lines of this label alone")
    parser.add_argument("--json", metavar="FILE", help="write the scores to a file, - for stdout")


def run(arguments: argparse.Namespace) -> int:
    """Run `textgan evaluate`."""
    check_arguments(arguments)
    names = names_of(arguments)

    from textgan.metrics.evaluate import evaluate, groups_of
    from textgan.metrics.material import pick

    groups_of(names)  # a misspelt score is told before anything is read
    if arguments.sweep:
        if arguments.label is not None:
            raise InputError("--label and --sweep exclude each other; leave one out")
        return run_sweep(arguments, names)
    samples = read_samples(arguments.samples, arguments)
    ground = read_ground(len(samples.lines), samples.corpus, arguments, samples.label)
    level = arguments.level or samples.level or "char"
    evaluation = evaluate(
        pick(samples.lines, ground.count, arguments.seed),
        ground.reference,
        real=ground.real,
        train=ground.train,
        level=level,
        cut=arguments.cut,
        names=names,
        seed=arguments.seed,
        tell=patient(PATIENCE),
    )
    result = {**evaluation.as_json(), "blank": samples.blank, "best_of": arguments.best_of}
    labels = []
    if samples.label is not None:
        result["label"] = samples.label
    elif samples.model is not None and samples.model.labels and samples.corpus and names is None:
        labels = by_label(arguments, samples.model, samples.corpus, level)
        result["labels"] = [asdict(each) for each in labels]
    if arguments.json:
        write_json(arguments.json, result)
    if (Path(arguments.samples) / "settings.toml").exists():
        append_scores(Path(arguments.samples), result)
    if arguments.json != "-":
        head = [f"samples    {samples.name}: {samples.said}", *ground.said]
        print(harmless("\n".join([*head, *table(evaluation)])))
        if labels and samples.model is not None:
            print("\n".join(["", *rows_of(labels, len(samples.model.labels))]))
    return 0


def patient(seconds: float) -> Callable[[str], None]:
    """What tells, in a line each, which scores are taken, once that has lasted some seconds."""
    began = time.monotonic()

    def tell(group: str) -> None:
        if time.monotonic() - began >= seconds:
            print(f"scoring {group}", file=sys.stderr, flush=True)

    return tell


def append_scores(folder: Path, result: dict[str, Any]) -> None:
    """Add one line to RUN/scores.jsonl: when, at which step, and every score."""
    line = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "step": step_of(folder)}
    path = folder / "scores.jsonl"
    before = path.read_bytes() if path.exists() else b""
    with path.open("a", encoding="utf-8") as file:
        if before and not before.endswith(b"\n"):  # a line that a crash cut short
            file.write("\n")
        file.write(json.dumps({**line, **result}, ensure_ascii=False) + "\n")


def step_of(folder: Path) -> int | None:
    """The last checkpoint's step, None where the run has no checkpoint."""
    from textgan.training.checkpoint import saved

    return max((int(place.name) for place in saved(folder / "checkpoints")), default=None)
