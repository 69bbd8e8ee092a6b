"""What `textgan evaluate` tells of a run whose lines have labels: how many are of their own."""

import argparse
from typing import TYPE_CHECKING

from textgan.metrics.table import aligned, figure
from textgan.text.summary import shown

if TYPE_CHECKING:
    from textgan.metrics.labels import Recognised
    from textgan.model import TextGAN
    from textgan.text.corpus import Corpus

ASKED = 200
"""Samples of each label, and at most as many real lines."""
COMPARED = 50
"""Labels that are told apart: the most frequent ones."""


def by_label(
    arguments: argparse.Namespace, model: "TextGAN", corpus: "Corpus", level: str
) -> "list[Recognised]":
    """Draw samples of each label of a run and see which are recognised, beside real lines."""
    from textgan.metrics.labels import recognised
    from textgan.metrics.material import pick
    from textgan.metrics.symbols import cut_lines
    from textgan.text.labels import most_frequent

    labels = most_frequent(model.labels)[:COMPARED]

    def cut(lines: list[str]) -> list[str]:
        return cut_lines([line for line in lines if line.strip()], level, arguments.cut)

    def drawn(label: str) -> list[str]:
        return model.sample(ASKED, arguments.seed, best_of=arguments.best_of, label=label)

    train, test = corpus.lines_by_label("train"), corpus.lines_by_label("test")
    return recognised(
        {label: cut(drawn(label)) for label in labels},
        {label: cut(pick(test[label], ASKED, arguments.seed)) for label in labels},
        {label: cut(train[label]) for label in labels},
        level,
        arguments.seed,
    )


def rows_of(found: "list[Recognised]", labels: int) -> list[str]:
    """The lines of the table; first the mean, over labels that have real lines beside them."""
    rows: list[tuple[str, ...]]
    rows = [("label", "recognised", "95 % from", "to", "real", "of", "trained on")]
    both = [each for each in found if each.real is not None] or found
    means = [mean_of([each.value for each in both]), mean_of([each.real for each in both])]
    total = sum(each.train for each in found)
    tested = sum(each.real_n for each in found)
    rows.append(("mean", figure(means[0]), "", "", figure(means[1]), f"{tested:,}", f"{total:,}"))
    for each in found:
        figures = (each.value, each.low, each.high, each.real)
        counts = f"{each.real_n:,}", f"{each.train:,}"
        rows.append((shown(each.label, 24), *map(figure, figures), *counts))
    of = f" of {labels:,}, the most frequent" * (labels > len(found))
    head = f"labels     {len(found):,}{of}; {ASKED} samples of each, test lines beside"
    how = "recognised: no other label's n-gram model makes the line more probable"
    return [head, how, "", *aligned(rows)]


def mean_of(values: list[float | None]) -> float | None:
    """The mean of those that are known."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
