"""What the model writes for the page: lines, walks between them, and their nearest models."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from textgan.text.labels import most_frequent
from textgan.text.splits import spread

if TYPE_CHECKING:
    from textgan.model import TextGAN

LINES = 1_000
SHOWN = 8
COMPARED = 60
SEARCHED = 200_000
LABELS, OF_LABEL = 12, 6
"""Labels that are shown, and lines of each."""
WALKS = 3
WALK_STEPS = 7

Pieces = list[tuple[str, bool]]
"""A line in pieces, each with whether it differs from the line before."""


@dataclass(frozen=True)
class Nearest:
    """How near samples are to training lines.

    Attributes:
        rows: (sample, nearest training line, edit distance over the longer length).
        samples: median distance of samples.
        real: median distance of held-out real lines, None without them.
        compared: lines on each side that the medians are of.
        searched: training lines that were looked through.
        train: training lines in all.
        copies: share of the samples that are a training line, symbol for symbol.
        real_copies: the same share of the held-out lines.
        written: samples that `copies` is of.
    """

    rows: list[tuple[str, str, float]]
    samples: float
    real: float | None
    compared: int
    searched: int
    train: int
    copies: float
    real_copies: float | None
    written: int


def nearest_lines(
    samples: Sequence[str], train: Sequence[str], held_out: Sequence[str]
) -> Nearest | None:
    """The nearest training line of some samples; None where a side has no text."""
    from textgan.metrics.memorisation import nearest

    samples = [line for line in samples if line.strip()]
    if not samples or not train:
        return None
    known = set(train)
    # An exact search through every line would take minutes on a large corpus.
    searched = spread(train, SEARCHED)
    distances = nearest(samples[:COMPARED], searched)
    beside = nearest(spread(held_out, COMPARED), searched)
    found = zip(samples, distances, strict=False)
    return Nearest(
        rows=[(line, near, distance) for line, (distance, near) in found][:SHOWN],
        samples=median(distance for distance, _ in distances),
        real=median(distance for distance, _ in beside) if beside else None,
        compared=len(distances),
        searched=len(searched),
        train=len(train),
        copies=sum(line in known for line in samples) / len(samples),
        real_copies=sum(line in known for line in held_out) / len(held_out) if held_out else None,
        written=len(samples),
    )


def of_labels(model: "TextGAN") -> list[tuple[str, int, list[str]]]:
    """The most frequent labels, how many training lines each had, and some lines that it asks for.

    Nothing where lines have no labels.
    """
    some = most_frequent(model.labels)[:LABELS]
    return [(label, model.labels[label], model.sample(OF_LABEL, label=label)) for label in some]


def walks(model: "TextGAN") -> list[list[Pieces]]:
    """Walks through latent space between samples, each line with what changed in it."""
    ends = [(2 * i, 2 * i + 1) for i in range(WALKS)]
    return [changes(model.interpolate(*pair, steps=WALK_STEPS)) for pair in ends]


def changes(lines: Sequence[str]) -> list[Pieces]:
    """Each line in pieces that stand in the line before and pieces that do not."""
    found: list[Pieces] = [[(lines[0], False)]] if lines else []
    for before, line in pairwise(lines):
        matcher = SequenceMatcher(None, before, line, autojunk=False)
        parts = [(line[c:d], tag != "equal") for tag, _, _, c, d in matcher.get_opcodes()]
        found.append([(text, new) for text, new in parts if text])
    return found
