"""How frequent n-grams and lengths are in samples, beside real text."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", str, int)


@dataclass(frozen=True)
class Frequencies:
    """Shares of the same things on two sides.

    Attributes:
        names: n-grams as they are spelt, or lengths.
        samples: the share of each among the samples.
        real: its share in real text.
    """

    names: list[str]
    samples: list[float]
    real: list[float]


def top_ngrams(
    samples: Sequence[str], real: Sequence[str], order: int, level: str, most: int = 12
) -> Frequencies:
    """The n-grams that are most frequent in real text, and their share on both sides."""
    here, there = _counts(samples, order, level), _counts(real, order, level)
    # Ties fall by spelling: the same run gives the same page.
    best = sorted(there, key=lambda gram: (-there[gram], gram))[:most]
    return Frequencies(best, _shares(here, best), _shares(there, best))


def lengths(
    samples: Sequence[str], real: Sequence[str], level: str
) -> tuple[list[int], list[float], list[float]]:
    """How long the lines are, in characters or words.

    Returns:
        Lengths from 0 to the longest, and the share of the lines that have each, for the samples
        and for real text.
    """
    here = Counter(len(line.split() if level == "word" else line) for line in samples)
    there = Counter(len(line.split() if level == "word" else line) for line in real)
    every = list(range(max([*here, *there], default=0) + 1))
    return every, _shares(here, every), _shares(there, every)


def _counts(lines: Iterable[str], order: int, level: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in lines:
        if level == "word":
            words = line.split()
            counts.update(" ".join(words[i : i + order]) for i in range(len(words) - order + 1))
        else:
            counts.update(line[i : i + order] for i in range(len(line) - order + 1))
    return counts


def _shares(counts: Counter[Name], names: Sequence[Name]) -> list[float]:
    total = counts.total() or 1
    return [counts[name] / total for name in names]
