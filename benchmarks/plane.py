"""The quality-diversity plane: a run beside other models of equal training time and real text.

    python benchmarks/plane.py RUN --minutes 10 --lines SeqGAN=generated_seq.txt --figure plane.png

RUN is a finished run of textgan; its corpus, splits and symbols are everybody's. Trained here, for
`--minutes` on `--threads` each: a character LSTM, then sampled at several temperatures, and the
textbook WGAN-GP at RUN's width. RUN's samples are scored as they come, and each as the best of
several by its critic. A Kneser-Ney model is counted from the same lines. NAME=FILE are
lines that somebody else's model wrote; they are cut to RUN's length. Every 2,000 lines are scored
against the training lines, and so are as many real ones that nobody has learned from.

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
WORDS = ("precision1", "self_bleu4")
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


def points(options: argparse.Namespace, corpus: Corpus) -> Iterator[Point]:
    """Everybody's lines, one model after the other."""
    settings, tokenizer = run_settings(options.run), corpus.tokenizer
    gan = TextGAN.from_pretrained(options.run)
    for count in (1, *options.best_of):
        name = "textgan" if count == 1 else f"textgan, best of {count}"
        chosen = partial(gan.sample, best_of=count)
        yield (name, *timed(lambda n, seed, write=chosen: write(n, seed=seed), 20_480 // count))

    ngrams = NgramModel.train(corpus.lines("train"), "char", 6)
    yield ("Kneser-Ney 6-grams", *timed(lambda n, seed: list(islice(ngrams.stream(seed), n)), 5000))

    train, held = (as_symbols(corpus.encoded(split)) for split in ("train", "validation"))
    if options.minutes:
        seed, vocab = options.seed, tokenizer.vocab_size
        lstm, step = train_lstm(train, held, vocab, options.minutes, options.hidden, seed)
        print(f"LSTM: {step:,} steps to its best weights", file=sys.stderr, flush=True)
        for temperature in options.temperatures:
            write = lstm_writer(lstm, tokenizer, train.shape[1], temperature)
            yield (f"LSTM {options.hidden}, temperature {temperature:g}", *timed(write, 2048))
        book, step = train_textbook(train, vocab, options.minutes, settings.network.width, seed)
        print(f"textbook WGAN-GP: {step:,} steps", file=sys.stderr, flush=True)
        yield ("textbook WGAN-GP", *timed(textbook_writer(book, tokenizer), 20_480))
    for named in options.lines:
        name, _, path = named.partition("=")
        text = Path(path).read_text(encoding="utf-8").splitlines()[:SAMPLES_EACH]
        yield name, [line[: corpus.length].strip() for line in text], None
    unseen = corpus.lines("validation") + corpus.lines("test")
    yield "real lines", spread(unseen, SAMPLES_EACH), None


def scored(point: Point, train: list[str]) -> dict[str, Any]:
    """A row of the table."""
    name, lines, rate = point
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
        scores = " | ".join(f"{row[name]:.3f}" for name in names)
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

    warm = [row for row in rows if row["name"].startswith("LSTM")]
    ours = [row for row in rows if row["name"].startswith("textgan")]
    for row in rows:
        name, at = row["name"], place(row)
        colour = MUTED
        if row in ours:
            colour, name = SAMPLES, name.rpartition(", ")[2]
        elif name.startswith("real"):
            colour = REAL
        elif row in warm:
            colour, name = OTHER, name.rpartition("temperature ")[2]
        axes.plot(*at, "o", color=colour, ms=9 if colour in (SAMPLES, REAL) else 5)
        axes.annotate(name, at, (6, -3), textcoords="offset points", fontsize=8, color=colour)
    axes.plot(*zip(*map(place, ours), strict=True), color=SAMPLES, lw=1)
    if warm:
        axes.plot(*zip(*map(place, warm), strict=True), color=OTHER, lw=1)
        axes.annotate(
            "LSTM by temperature", place(warm[0]), (-6, -3), textcoords="offset points", ha="right",
            fontsize=8, color=OTHER,
        )  # fmt: skip
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
    parser.add_argument("run", type=Path, metavar="RUN")
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
    corpus = run_corpus(options.run)
    train = corpus.lines("train")
    rows = []
    for point in points(options, corpus):
        rows.append(scored(point, train))
        print(f"{point[0]}: JS-4 {rows[-1]['js4']:.3f}", file=sys.stderr, flush=True)
    print(table(rows))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False))
    if options.figure:
        draw(rows, options.figure)


if __name__ == "__main__":
    main()
