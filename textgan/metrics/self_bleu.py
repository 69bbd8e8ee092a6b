"""Self-BLEU: of each line against all the others, for all lines at once.

As `sentence_bleu`, the references being every line but the sentence itself, also where the
reference length is chosen. A line that goes is gone as a reference too: for the error bar whole
groups of lines are left out, and what the others lose by that comes from the same counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textgan.metrics.ngrams import NgramIndex
from textgan.metrics.sentence_bleu import (
    ORDERS,
    PairCounts,
    SentenceStatistics,
    pair_counts,
    run_starts,
    statistics,
)
from textgan.metrics.symbols import Ints, Symbols


def largest(counts: Ints, starts: Ints, number: int) -> list[tuple[Ints, Ints]]:
    """The `number` largest counts of each run: their places and themselves, for every count of it.

    Of equals the first comes first. A run of fewer counts has zeros after them.

    Args:
        counts: (counts,) at least 1.
        starts: (runs,) where each run begins.
        number: how many.
    """
    run = np.zeros(len(counts), np.int64)
    run[starts[1:]] = 1
    run = run.cumsum()
    left = counts.copy()
    found = []
    for _ in range(number):
        most = np.maximum.reduceat(left, starts)[run] if len(left) else left
        reaching = np.flatnonzero(left == most)
        places = reaching[run_starts(run[reaching])]
        left[places] = 0
        found.append((places[run], most))
    return found


def largest_elsewhere(pairs: PairCounts, starts: Ints) -> Ints:
    """For each pair the largest count in any other line of its run, 0 without one, (pairs,)."""
    (owner, first), (_, second) = largest(pairs.counts, starts, 2)
    bound: Ints = np.where(owner == np.arange(len(first)), second, first)
    return bound


def closest_other_lengths(lengths: Ints) -> Ints:
    """For each line the closest length among all other lines."""
    known, inverse, counts = np.unique(lengths, return_inverse=True, return_counts=True)
    closest = known.copy()
    far = np.iinfo(np.int64).max // 2
    below = np.concatenate(([-far], known[:-1]))
    above = np.concatenate((known[1:], [far]))
    alone = counts == 1
    nearer = np.where(known - below <= above - known, below, above)
    closest[alone] = nearer[alone]
    return closest[inverse]


def self_bleu(texts: Sequence[str], level: str = "word", orders: int = ORDERS) -> Ints:
    """BLEU-1 … BLEU-n of each text against all the other texts, (orders, texts)."""
    index = NgramIndex.build(texts, level, orders)
    symbols = index.alphabet.symbols(texts)
    return _statistics(symbols, pair_counts(index, symbols, orders)).sentence_bleu()


def self_bleu_means(
    index: NgramIndex, texts: Sequence[str], groups: Ints, number: int
) -> tuple[Ints, list[Ints | None]]:
    """The means over `texts` of self-BLEU-1 … 5, and the same without each group of texts.

    Args:
        index: holds every n-gram of `texts`.
        texts: two or more.
        groups: (texts,) the group of each, below `number`.
        number: of groups.

    Returns:
        (orders,) of all texts, and without group 0, 1 …; None where fewer than two are left.
    """
    # Group by group, so that what an n-gram has in one group lies together.
    ordered = np.argsort(groups, kind="stable")
    groups = groups[ordered]
    symbols = index.alphabet.symbols([texts[i] for i in ordered.tolist()])
    pairs = pair_counts(index, symbols)
    whole = _statistics(symbols, pairs)
    lost = [Lost.of(pair, groups) for pair in pairs]
    left_out: list[Ints | None] = []
    for group in range(number):
        kept = np.flatnonzero(groups != group)
        if len(kept) < 2:
            left_out.append(None)
            continue
        losses = np.array([each.of_group(group, len(groups)) for each in lost])
        lengths = whole.lengths[kept]
        part = SentenceStatistics(
            (whole.matches - losses)[:, kept],
            whole.windows[:, kept],
            lengths,
            closest_other_lengths(lengths),
        )
        left_out.append(part.sentence_bleu().mean(axis=1))
    return whole.sentence_bleu().mean(axis=1), left_out


def _statistics(symbols: Symbols, pairs: list[PairCounts]) -> SentenceStatistics:
    bounds = [largest_elsewhere(pair, pair.gram_starts) for pair in pairs]
    return statistics(symbols, pairs, bounds, closest_other_lengths(symbols.lengths))


@dataclass(frozen=True)
class Lost:
    """Matches of one order that lines lose where a group of others goes.

    Attributes:
        groups: (losses,) the group that goes.
        lines: (losses,) the line that loses.
        matches: (losses,) how many.
    """

    groups: Ints
    lines: Ints
    matches: Ints

    @classmethod
    def of(cls, pairs: PairCounts, groups: Ints) -> "Lost":
        """Of `pairs` whose lines stand group by group, `groups` (lines,)."""
        of_pair = groups[pairs.lines].astype(np.int64)
        starts = run_starts(pairs.grams * (int(groups[-1]) + 1) + of_pair)
        runs = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(of_pair))))
        within = largest_elsewhere(pairs, starts)
        # The largest counts of an n-gram in single groups. Of those in other groups than a pair's
        # own the first is what is lost with its group, and the second what is left then.
        most = np.maximum.reduceat(pairs.counts, starts) if len(starts) else pairs.counts
        tops = largest(most, run_starts(pairs.grams[starts]), 3)
        (first, one), (second, two), (_, three) = tops
        own = np.arange(len(starts))
        held = np.where(own == first, two, one)
        by = np.where(own == first, second, first)
        left = np.where((own == first) | (own == second), three, two)
        before = np.minimum(pairs.counts, np.maximum(within, held[runs]))
        after = np.minimum(pairs.counts, np.maximum(within, left[runs]))
        lost = np.flatnonzero(before > after)
        gone = of_pair[starts][by][runs]
        return cls(gone[lost], pairs.lines[lost], (before - after)[lost])

    def of_group(self, group: int, lines: int) -> Ints:
        """What each line loses where `group` goes, (lines,)."""
        here = self.groups == group
        return np.bincount(self.lines[here], weights=self.matches[here], minlength=lines)
