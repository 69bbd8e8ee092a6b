"""The texts that an evaluation compares, and what many scores need of them, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from textgan.metrics.intervals import GROUPS, line_groups
from textgan.metrics.ngrams import Counts, NgramIndex
from textgan.metrics.sentence_bleu import SentenceStatistics, bleu_statistics
from textgan.metrics.symbols import Ints, Symbols, TokenIds

ORDERS = 6


@dataclass(frozen=True)
class Material:
    """Samples, real lines and what both are scored against, all cut alike.

    Attributes:
        samples: the lines to be scored.
        real: as many real lines, or None.
        reference: real lines that neither of the two holds.
        train: the lines that the samples' model was trained on, or None.
        level: ``"char"``, ``"word"`` or ``"token"``.
        seed: of everything random.
        token_ids: for the level ``"token"``.
    """

    samples: Sequence[str]
    real: Sequence[str] | None
    reference: Sequence[str]
    train: Sequence[str] | None
    level: str
    seed: int = 0
    token_ids: TokenIds | None = None

    @cached_property
    def index(self) -> NgramIndex:
        """Every n-gram of the samples and of the real lines, n = 1 … 6."""
        texts = [*self.samples, *(self.real or ())]
        return NgramIndex.build(texts, self.level, ORDERS, self.token_ids)

    @cached_property
    def reference_counts(self) -> Counts:
        """How frequent the n-grams of the index are in the reference."""
        return self.index.count(self.reference)

    @cached_property
    def train_lines(self) -> frozenset[str]:
        """The distinct training lines."""
        return frozenset(self.train or ())


@dataclass(frozen=True)
class Side:
    """One of the two sets of lines under test, the samples or the real lines."""

    texts: Sequence[str]
    material: Material

    @cached_property
    def symbols(self) -> Symbols:
        """The symbols of the lines."""
        return self.material.index.alphabet.symbols(self.texts)

    @cached_property
    def bleu(self) -> SentenceStatistics:
        """What BLEU needs of each line, against every line of the reference."""
        return bleu_statistics(self.material.index, self.texts, self.material.reference)

    @cached_property
    def groups(self) -> Ints:
        """The jackknife's group of each line."""
        return line_groups(len(self.texts), self.material.seed)

    @cached_property
    def grouped(self) -> tuple[tuple[Ints, Ints], ...]:
        """For n = 1 … 6: n-gram counts (groups, n-grams) and totals (groups,) by group of lines."""
        index = self.material.index
        return tuple(index.count_by_group(self.texts, self.groups, GROUPS))

    def left_out(self, order: int) -> list[tuple[Ints, int]]:
        """Counts and total of the n-grams of `order`: of all lines, then without each group."""
        table, totals = self.grouped[order - 1]
        counts, total = table.sum(axis=0), int(totals.sum())
        without = [(counts - table[g], total - int(totals[g])) for g in range(GROUPS)]
        return [(counts, total), *without]

    @cached_property
    def lines_left_out(self) -> tuple[int, ...]:
        """Number of lines: of all, then without each group."""
        sizes = np.bincount(self.groups, minlength=GROUPS)
        return (len(self.texts), *(len(self.texts) - int(size) for size in sizes))
