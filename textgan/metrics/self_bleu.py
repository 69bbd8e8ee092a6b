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
    matches,
    pair_counts,
    run_starts,
    statistics,
)
from textgan.metrics.symbols import Ints


def largest(counts: Ints, starts: Ints, number: int) -> tuple[list[Ints], list[Ints]]:
    """Of each run the `number` largest counts, and the places of all but the last of these.

    Of equals the first comes first. A run of fewer counts has zeros after them.

    Args:
        counts: (counts,) at least 1.
        starts: (runs,) where each run begins.
        number: how many.

    Returns:
        (runs,) places, one less than `number`, and (runs,) counts.
    """
    sizes = np.diff(np.append(starts, len(counts)))
    run = np.repeat(np.arange(len(starts)), sizes)
    left = counts.copy()
    places, found = [], [np.maximum.reduceat(left, starts)]
    for _ in range(number - 1):
        reaching = np.flatnonzero(left == np.repeat(found[-1], sizes))
        places.append(reaching[run_starts(run[reaching])])
        left[places[-1]] = 0
        found.append(np.maximum.reduceat(left, starts))
    return places, found


def largest_elsewhere(counts: Ints, starts: Ints) -> Ints:
    """For each count the largest other one of its run, 0 without one, (counts,)."""
    (owner,), (first, second) = largest(counts, starts, 2)
    bound = np.repeat(first, np.diff(np.append(starts, len(counts))))
    bound[owner] = second
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
    found = [_matches(pair, len(texts)) for pair in pair_counts(index, symbols, orders)]
    closest = closest_other_lengths(symbols.lengths)
    return statistics(symbols.lengths, found, closest).sentence_bleu()


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
    found, lost = [], []
    for pair in pair_counts(index, symbols):
        found.append(_matches(pair, len(texts)))
        lost.append(Lost.of(pair, groups))
    whole = statistics(symbols.lengths, found, closest_other_lengths(symbols.lengths))
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


def _matches(pair: PairCounts, lines: int) -> Ints:
    return matches(pair, largest_elsewhere(pair.counts, pair.gram_starts), lines)


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
        sizes = np.diff(np.append(starts, len(of_pair)))
        within = largest_elsewhere(pairs.counts, starts)
        # The largest counts of an n-gram in single groups. Of those in other groups than a pair's
        # own the first is what is lost with its group, and the second what is left then.
        grams = run_starts(pairs.grams[starts])
        of_gram = np.repeat(np.arange(len(grams)), np.diff(np.append(grams, len(starts))))
        places, counts = largest(np.maximum.reduceat(pairs.counts, starts), grams, 3)
        first, second = (place[of_gram] for place in places)
        one, two, three = (count[of_gram] for count in counts)
        own = np.arange(len(starts))
        held = np.where(own == first, two, one)
        gone = of_pair[starts][np.where(own == first, second, first)]
        left = np.where((own == first) | (own == second), three, two)
        before = np.minimum(pairs.counts, np.maximum(within, np.repeat(held, sizes)))
        after = np.minimum(pairs.counts, np.maximum(within, np.repeat(left, sizes)))
        lost = np.flatnonzero(before > after)
        return cls(np.repeat(gone, sizes)[lost], pairs.lines[lost], (before - after)[lost])

    def of_group(self, group: int, lines: int) -> Ints:
        """What each line loses where `group` goes, (lines,)."""
        here = self.groups == group
        return np.bincount(self.lines[here], weights=self.matches[here], minlength=lines)
