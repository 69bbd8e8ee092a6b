"""The time-to-quality track: train for a fixed time, score 2,000 samples beside real text.

    python benchmarks/quality.py names=names.txt coco=image_coco.txt --seeds 0,1,2 --final
    python benchmarks/quality.py names=names.txt --minutes 1 --jobs 2 --threads 1 --try RECIPE

where RECIPE is such as "rates x2: training.generator_rate=1e-3 training.critic_rate=2e-3".

A track is NAME=FILE: names (16 characters, 3 minutes), coco (32, 10), bible (64, 20), smiles (64,
20), any other by --length and --minutes. `base` is the preset `small`; each --try is one more
recipe, a label and the settings that differ. Every row is also written to `rows.jsonl`, and a row
that stands there is not run again. Scores are against the training lines (the footing of the
published figures) and, with --final, against the test split; `js4_padded` counts the padding
behind a line as the original did, by which short lines score far lower; real lines get the same
scores, and so do samples each of which the critics chose as the best of two or of four. The length
is in characters, whatever a recipe's symbols: its `corpus.length` must hold as many of those as
the longest line takes.
"""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

TRACKS = {"names": (16, 3.0), "coco": (32, 10.0), "bible": (64, 20.0), "smiles": (64, 20.0)}
"""Characters of a line and minutes of training."""

SAMPLES = 2000
MANNERS = {"": 1, "_best2": 2, "_best4": 4}
"""Lines written for each that stays, by the ending of their scores' names."""

VIEWS = [
    ("_padded", "char", ("js4",)),
    ("", "char", ("js4", "js6", "unique", "novel")),
    ("", "word", ("precision1", "precision2")),
]
"""What is added to the scores' names, of what, and the scores."""

SCORES = [name + view for view, _, names in VIEWS for name in names]
PADDING = "\u2400"


@dataclass(frozen=True)
class Run:
    """One training run and how it is scored."""

    track: str
    corpus: str
    length: int
    minutes: float
    recipe: str
    changes: tuple[str, ...]
    seed: int
    threads: int
    final: bool

    @property
    def folder(self) -> str:
        """The name of its run folder."""
        return f"{self.track}-{dashed(self.recipe)}-{self.minutes:g}-{self.threads}-{self.seed}"

    @property
    def text(self) -> str:
        """The name of the file of its lines: another corpus has another."""
        return f"{self.track}-{self.length}-{dashed(self.corpus)}.txt"


def measure(run: Run, out: Path) -> dict[str, Any]:
    """Train (a run that stands goes on) and score; the scores by name, and those of real lines."""
    from textgan.metrics.evaluate import evaluate
    from textgan.model import TextGAN
    from textgan.text.splits import spread
    from textgan.training.runs import run_corpus
    from textgan.training.settings import read_assignments, read_preset, resolve
    from textgan.training.train import train

    fixed = {
        "corpus.name": str(out / run.text),
        "corpus.length": run.length,
        "training.minutes": run.minutes,
        "training.threads": run.threads,
        "training.seed": run.seed,
        "record.score_every": 10**9,
        "checkpoint.every": 10**9,
    }
    settings = resolve(read_preset("small"), fixed, read_assignments(run.changes))
    outcome = train(settings, out / run.folder)
    model = TextGAN.from_pretrained(out / run.folder)
    manners = {mark: model.sample(SAMPLES, best_of=count) for mark, count in MANNERS.items()}
    corpus = run_corpus(out / run.folder)
    training, validation, test = map(corpus.lines, ("train", "validation", "test"))
    found: dict[str, Any] = {**asdict(run), "steps": outcome.step}
    for manner, lines in manners.items():
        found["lines" + manner] = lines[:20]
    # Beside the samples stand as many real lines, or all there are, that are not in the reference.
    sides = {"": (training, validation + test)}
    if run.final:
        sides["_test"] = (test, validation)
    for mark, (reference, real) in sides.items():
        for (manner, lines), (view, level, names) in product(manners.items(), VIEWS):
            seen = [lines, reference, spread(real, SAMPLES), training]
            if view == "_padded":
                seen = [padded(side, run.length) for side in seen]
            scores = evaluate(
                *seen[:2], real=seen[2], train=seen[3], level=level, names=names
            )  # fmt: skip
            for name in names:
                found[name + view + mark + manner] = scores[name].value
                found[name + view + mark + "_real"] = scores[name].real
    return found


def padded(lines: list[str], length: int) -> list[str]:
    """The lines filled up to one length, as the original counts n-grams: over what follows, too."""
    return [line.ljust(length, PADDING) for line in lines]


def write_lines(run: Run, out: Path) -> None:
    """The track's lines as characters see them, for every recipe to learn from.

    Subwords would cut at so many symbols, and so elsewhere.
    """
    from textgan.files import write_text
    from textgan.training.runs import corpus_of
    from textgan.training.settings import resolve

    by_characters = {"corpus.name": run.corpus, "corpus.length": run.length}
    corpus = corpus_of(resolve(by_characters, {"tokenizer.name": "char"}), out / "cut", None)
    lines = [line for split in ("train", "validation", "test") for line in corpus.lines(split)]
    write_text(out / run.text, "".join(line + "\n" for line in lines))


def dashed(text: str) -> str:
    """Fit for the name of a file."""
    return "".join(c if c.isalnum() else "-" for c in text)


def runs(options: argparse.Namespace) -> Iterator[Run]:
    """Every track with every recipe and seed, the seeds innermost."""
    recipes = [] if options.without_base else [("base", ())]
    for text in options.recipes:
        label, _, changes = text.partition(":")
        recipes.append((label.strip(), tuple(changes.split())))
    for track in options.tracks:
        name, _, corpus = track.partition("=")
        length, minutes = TRACKS.get(name, (options.length, options.minutes))
        if not corpus or length is None or minutes is None:
            raise SystemExit(f"{track}: write NAME=FILE, and --length and --minutes for a new name")
        for recipe, changes in recipes:
            for seed in options.seeds:
                yield Run(
                    name, corpus, options.length or length, options.minutes or minutes, recipe,
                    changes, seed, options.threads, options.final,
                )  # fmt: skip


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    """What makes two rows the same run."""
    return tuple(json.dumps(row[name]) for name in Run.__dataclass_fields__)


def shown(rows: list[dict[str, Any]], name: str) -> str:
    """The median of a score over seeds, and its range where there are several."""
    values = [row[name] for row in rows if row.get(name) is not None]
    if not values:
        return ""
    median = f"{statistics.median(values):.3f}"
    return median if len(values) == 1 else f"{median} ({min(values):.3f}–{max(values):.3f})"


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown: a row a recipe, and real text under each track."""
    names = [n for n in (*SCORES, "js4_test") if any(n in row for row in rows)]
    text = [
        f"| track | recipe | seeds | steps | {' | '.join(names)} |",
        "|---" * (4 + len(names)) + "|",
    ]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["track"], row["recipe"]), []).append(row)
    for (track, recipe), of in groups.items():
        steps = f"{statistics.median(row['steps'] for row in of):,.0f}"
        for manner, count in MANNERS.items():
            scores = " | ".join(shown(of, name + manner) for name in names)
            said = f"{recipe}, best of {count}" if manner else recipe
            text.append(f"| {track} | {said} | {len(of)} | {steps} | {scores} |")
    for track in dict.fromkeys(row["track"] for row in rows):
        of = [next(row for row in rows if row["track"] == track)]
        scores = " | ".join(shown(of, name + "_real") for name in names)
        text.append(f"| {track} | real lines | | | {scores} |")
    return "\n".join(text)


def numbers(text: str) -> list[int]:
    """`0,1,2`."""
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Run what has not been run, then print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tracks", nargs="+", metavar="NAME=FILE")
    parser.add_argument("--try", dest="recipes", action="append", default=[], metavar="RECIPE")
    parser.add_argument("--without-base", action="store_true", help="what is tried alone")
    parser.add_argument("--seeds", type=numbers, default=[0])
    parser.add_argument("--length", type=int)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--threads", type=int, default=2, help="of a run")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--final", action="store_true", help="against the test split as well")
    parser.add_argument("--out", type=Path, default=Path("runs/quality"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    log = options.out / "rows.jsonl"
    kept = [json.loads(line) for line in log.open(encoding="utf-8")] if log.exists() else []
    done = {key(row): row for row in kept}
    wanted = list(runs(options))
    todo = [run for run in wanted if key(asdict(run)) not in done]
    for run in {run.text: run for run in todo}.values():
        write_lines(run, options.out)
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for row in pool.map(measure, todo, [options.out] * len(todo)):
            done[key(row)] = row
            with log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(
                f"{row['track']}, {row['recipe']}, seed {row['seed']}: JS-4 {row['js4']:.3f}",
                flush=True,
            )
    print(table([done[key(asdict(run))] for run in wanted]))


if __name__ == "__main__":
    main()
