"""The quality-diversity plane: runs beside other models of equal training time and real text.

    python benchmarks/plane.py characters words --minutes 10 --lines SeqGAN=seq.txt --figure F.png

Each RUN is a finished run of textgan and goes by its folder's name; all learned one corpus, and the
first one's lines are everybody's. A run's samples are scored as they come, and each as the best of
several by its critics. Trained here, for `--minutes` on `--threads` each: an LSTM of every run's
symbols, then sampled at several temperatures, and the textbook WGAN-GP in the symbols and the width
of the first. A Kneser-Ney model is counted from the same lines. NAME=FILE are lines that somebody
else's model wrote. Every 2,000 lines, none longer than the longest training line (in characters:
what goes beyond is cut), are scored against the training lines, and so are as many real ones
that nobody has learned from.

Quality is `precision4`, the share of the lines' character 4-grams that the training lines have;
diversity is `recall4`, the other way round. `strings/s` is one process with `--threads`, decoded,
not written.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import torch  # noqa: E402
from rivals import (  # noqa: E402
    Write,
    as_symbols,
    lstm_writer,
    textbook_writer,
    train_lstm,
    train_textbook,
)

from textgan.metrics.evaluate import evaluate  # noqa: E402
from textgan.metrics.kneser_ney import NgramModel  # noqa: E402
from textgan.model import TextGAN  # noqa: E402
from textgan.report.style import MUTED, OTHER, REAL, SAMPLES  # noqa: E402
from textgan.text.corpus import Corpus  # noqa: E402
from textgan.text.splits import spread  # noqa: E402
from textgan.training.runs import run_corpus, run_settings  # noqa: E402

SAMPLES_EACH = 2000
CHARACTERS = ("js4", "js6", "precision4", "recall4", "unique", "novel")
WORDS = ("precision1", "precision2", "self_bleu4")
COLOURS = {"textgan": SAMPLES, "LSTM": OTHER, "real": REAL}
"""By the first word of a name; whoever has none is grey."""

Point = tuple[str, list[str], float | None]
"""What wrote the lines, the lines, strings a second."""


def timed(write: Write, least: int) -> tuple[list[str], float]:
    """2,000 lines of seed 0, and the median rate of five calls for `least` lines after one."""
    lines = write(SAMPLES_EACH, 0)
    rates = []
    for seed in range(1, 6):
        began = time.perf_counter()
        write(least, seed)
        rates.append(least / (time.perf_counter() - began))
    return lines, statistics.median(rates)


def points(options: argparse.Namespace, corpora: dict[Path, Corpus]) -> Iterator[Point]:
    """Everybody's lines, one model after the other."""
    minutes, seed = options.minutes, options.seed
    for run in corpora:
        gan = TextGAN.from_pretrained(run)
        for count in (1, *options.best_of):
            name = f"textgan {run.name}" + (f", best of {count}" if count > 1 else "")
            chosen = partial(gan.sample, best_of=count)
            yield (name, *timed(lambda n, seed, write=chosen: write(n, seed=seed), 20_480 // count))
    first, corpus = next(iter(corpora.items()))
    ngrams = NgramModel.train(corpus.lines("train"), "char", 6)
    yield ("Kneser-Ney 6-grams", *timed(lambda n, seed: list(islice(ngrams.stream(seed), n)), 5000))
    for run, its in corpora.items() if minutes else ():
        train, held = (as_symbols(its.encoded(split)) for split in ("train", "validation"))
        lstm, step = train_lstm(
            train, held, its.tokenizer.vocab_size, minutes, options.hidden, seed
        )  # fmt: skip
        print(f"LSTM {run.name}: {step:,} steps to its best weights", file=sys.stderr, flush=True)
        for temperature in options.temperatures:
            write = lstm_writer(lstm, its.tokenizer, train.shape[1], temperature)
            yield (f"LSTM {run.name}, temperature {temperature:g}", *timed(write, 2048))
    if minutes:
        train, width = as_symbols(corpus.encoded()), run_settings(first).network.width
        book, step = train_textbook(train, corpus.tokenizer.vocab_size, minutes, width, seed)
        print(f"textbook WGAN-GP: {step:,} steps", file=sys.stderr, flush=True)
        yield ("textbook WGAN-GP", *timed(textbook_writer(book, corpus.tokenizer), 20_480))
    for named in options.lines:
        name, _, path = named.partition("=")
        yield name, Path(path).read_text(encoding="utf-8").splitlines()[:SAMPLES_EACH], None
    unseen = corpus.lines("validation") + corpus.lines("test")
    yield "real lines", spread(unseen, SAMPLES_EACH), None


def scored(point: Point, train: list[str]) -> dict[str, Any]:
    """A row of the table."""
    name, lines, rate = point
    longest = max(map(len, train))
    lines = [line[:longest].strip() for line in lines]
    row: dict[str, Any] = {"name": name, "n": len(lines), "strings_per_second": rate}
    for level, names in (("char", CHARACTERS), ("word", WORDS)):
        found = evaluate(lines, train, real=None, train=train, level=level, names=names)
        row |= {score: found[score].value for score in names}
    return {**row, "lines": lines[:20]}


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    names = [*CHARACTERS, *WORDS]
    text = [f"| lines of | n | {' | '.join(names)} | strings/s |", "|---" * (3 + len(names)) + "|"]
    for row in rows:
        scores = " | ".join("" if row[name] is None else f"{row[name]:.3f}" for name in names)
        rate = row["strings_per_second"]
        speed = "" if rate is None else f"{rate:,.0f}"
        text.append(f"| {row['name']} | {row['n']:,} | {scores} | {speed} |")
    return "\n".join(text)


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Diversity to the right, quality upwards; lines through temperatures and choices."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 5.5), layout="constrained")

    def place(row: dict[str, Any]) -> tuple[float, float]:
        return tuple(min(max(row[name], 1e-3), 0.999) for name in ("recall4", "precision4"))

    def label(text: str, at: tuple[float, float], offset: tuple[int, int], colour: str) -> None:
        axes.annotate(
            text, at, offset, textcoords="offset points", fontsize=8, color=colour,
            ha="right" if offset[0] < 0 else "left",
        )  # fmt: skip

    families: dict[str, list[tuple[str, tuple[float, float]]]] = {}
    for row in rows:
        family, _, manner = row["name"].partition(", ")
        families.setdefault(family, []).append((manner.removeprefix("temperature "), place(row)))
    height = 17
    for family, places in families.items():
        kind = family.partition(" ")[0]
        colour = COLOURS.get(kind, MUTED)
        axes.plot(*zip(*(at for _, at in places), strict=True), color=colour, lw=1)
        for manner, at in places:
            axes.plot(*at, "o", color=colour, ms=5 if manner or colour == MUTED else 9)
        first, (manner, last) = places[0][1], places[-1]
        if kind == "textgan":
            label(family, first, (9, -14), colour)
            label(manner, last, (-6, -3), colour)
        elif kind == "LSTM":
            label(f"{family} by temperature", first, (-6, height), colour)
            height -= 20  # the next one's would lie on it
            for manner, at in places:
                label(manner, at, (5, 5), colour)
        else:
            label(family, first, (6, -3), colour)
    # What matters happens near one: odds, not shares, are evenly spaced.
    ticks = [0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99]
    for scale, ticked in ((axes.set_xscale, axes.set_xticks), (axes.set_yscale, axes.set_yticks)):
        scale("logit")
        ticked(ticks, [f"{tick:g}" for tick in ticks])
        ticked([], minor=True)
    axes.set_xlabel("diversity: recall of the training lines' 4-grams")
    axes.set_ylabel("quality: precision of the 4-grams written")
    axes.margins(x=0.12, y=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=120)


def main() -> None:
    """Train, sample, score, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--minutes", type=float, default=10, help="0 trains nobody")
    parser.add_argument("--best-of", type=int, nargs="*", default=[2, 4, 8, 16])
    parser.add_argument("--hidden", type=int, default=256, help="of the LSTM")
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.5, 0.7, 0.85, 1, 1.15])
    parser.add_argument("--lines", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    corpora = {run: run_corpus(run) for run in options.runs}
    train = corpora[options.runs[0]].lines("train")
    rows = []
    for point in points(options, corpora):
        rows.append(scored(point, train))
        print(f"{point[0]}: JS-4 {rows[-1]['js4']:.3f}", file=sys.stderr, flush=True)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    if options.figure:
        draw(rows, options.figure)


if __name__ == "__main__":
    main()
