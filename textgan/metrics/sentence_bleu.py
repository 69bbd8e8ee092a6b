"""BLEU of sentences against all references, for all lines at once.

The Texygen protocol: the mean over sentences of BLEU-n with uniform weights and smoothing method 1
of Chen & Cherry 2014 (a precision without a match counts 0.1 matches), and every reference. Equal
to nltk's `sentence_bleu` to rounding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from textgan.metrics.ngrams import NgramIndex
from textgan.metrics.symbols import Ints, Symbols

ORDERS = 5
EPSILON = 0.1


@dataclass(frozen=True)
class PairCounts:
    """How frequent each n-gram of one order is in each line; sorted by n-gram, then by line.

    Attributes:
        grams: (pairs,) ids.
        lines: (pairs,) line numbers.
        counts: (pairs,) at least 1.
    """

    grams: Ints
    lines: Ints
    counts: Ints

    @classmethod
    def of(cls, ids: Ints, lines: Ints, number: int) -> "PairCounts":
        """Count the pairs of n-gram id and line, with line numbers below `number`."""
        keys = np.sort(ids.astype(np.int64) * number + lines)
        starts = run_starts(keys)
        counts = np.diff(np.append(starts, len(keys)))
        keys = keys[starts]
        return cls(keys // max(number, 1), keys % max(number, 1), counts)

    @cached_property
    def gram_starts(self) -> Ints:
        """Where the pairs of each n-gram begin."""
        return run_starts(self.grams)


def run_starts(ordered: Ints) -> Ints:
    """Where each run of equal values begins."""
    if not len(ordered):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))


def pair_counts(index: NgramIndex, symbols: Symbols, orders: int = ORDERS) -> Iterator[PairCounts]:
    """The pair counts of each order up to `orders`, one after another: each is large."""
    line_of = symbols.line_of(np.arange(len(symbols.ids)))
    for _, (ids, at) in zip(range(orders), index.windows(symbols), strict=False):
        yield PairCounts.of(ids, line_of[at], len(symbols.lengths))


def closest_lengths(lengths: Ints, references: Ints) -> Ints:
    """For each length the closest reference length, the shorter of two as close."""
    known = np.unique(references)
    above = np.searchsorted(known, lengths).clip(max=len(known) - 1)
    below = (above - 1).clip(min=0)
    nearer = np.abs(known[below] - lengths) <= np.abs(known[above] - lengths)
    closest: Ints = np.where(nearer, known[below], known[above])
    return closest


@dataclass(frozen=True)
class SentenceStatistics:
    """What BLEU needs of each sentence.

    Attributes:
        matches: (orders, lines) n-grams found in the references, clipped.
        windows: (orders, lines) n-grams.
        lengths: (lines,) symbols.
        closest: (lines,) closest reference length.
    """

    matches: Ints
    windows: Ints
    lengths: Ints
    closest: Ints

    def sentence_bleu(self) -> Ints:
        """BLEU-1 … BLEU-n of each sentence, (orders, lines)."""
        precision = np.where(self.matches == 0, EPSILON, self.matches) / self.windows.clip(min=1)
        orders = np.arange(1, len(precision) + 1)[:, None]
        mean_log = np.cumsum(np.log(precision), axis=0) / orders
        length = self.lengths.clip(min=1)
        brevity = np.where(
            self.lengths > self.closest, 1.0, np.exp(np.minimum(0, 1 - self.closest / length))
        )
        # As nltk: without a single known symbol the sentence scores 0, smoothed or not.
        return np.where(self.matches[0] > 0, brevity * np.exp(mean_log), 0.0)


def matches(pair: PairCounts, bound: Ints, lines: int) -> Ints:
    """Matches of each line whose n-grams may match as often as `bound` says, (pairs,)."""
    return np.bincount(pair.lines, weights=np.minimum(pair.counts, bound), minlength=lines)


def statistics(lengths: Ints, found: list[Ints], closest: Ints) -> SentenceStatistics:
    """The statistics of lines that have the matches `found`, (lines,) for each order."""
    windows = [np.maximum(lengths - n, 0) for n in range(len(found))]
    return SentenceStatistics(np.array(found), np.array(windows), lengths, closest)


def bleu_statistics(
    index: NgramIndex, texts: Sequence[str], reference: Sequence[str], orders: int = ORDERS
) -> SentenceStatistics:
    """Statistics of `texts` against every line of `reference`, which streams through.

    Args:
        index: holds every n-gram of `texts`.
        texts: hypotheses.
        reference: references, at least one.
        orders: the largest n.
    """
    largest = [np.zeros(size, np.int64) for size in index.sizes[:orders]]
    lengths = np.zeros(0, np.int64)
    for chunk in index.alphabet.chunks(reference):
        for n, pair in enumerate(pair_counts(index, chunk, orders)):
            starts = pair.gram_starts
            if len(starts):
                grams = pair.grams[starts]
                here = np.maximum.reduceat(pair.counts, starts)
                largest[n][grams] = np.maximum(largest[n][grams], here)
        lengths = np.union1d(lengths, chunk.lengths)
    found: list[list[Ints]] = [[np.zeros(0)] for _ in largest]
    own = [np.zeros(0, np.int64)]
    for chunk in index.alphabet.chunks(texts):
        for n, pair in enumerate(pair_counts(index, chunk, orders)):
            found[n].append(matches(pair, largest[n][pair.grams], len(chunk.lengths)))
        own.append(chunk.lengths)
    every = np.concatenate(own)
    rows = [np.concatenate(row) for row in found]
    return statistics(every, rows, closest_lengths(every, lengths))


def bleu(
    texts: Sequence[str], reference: Sequence[str], level: str = "word", orders: int = ORDERS
) -> Ints:
    """BLEU-1 … BLEU-n of each text against every reference, (orders, texts)."""
    index = NgramIndex.build(texts, level, orders)
    return bleu_statistics(index, texts, reference, orders).sentence_bleu()
