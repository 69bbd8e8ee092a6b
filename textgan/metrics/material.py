"""The texts that an evaluation compares, and what many scores need of them, computed once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from textgan.errors import InputError, listed
from textgan.metrics.intervals import GROUPS, line_groups
from textgan.metrics.kneser_ney import NgramModel
from textgan.metrics.lsa import Features
from textgan.metrics.ngrams import Counts, GroupCounts, NgramIndex
from textgan.metrics.sentence_bleu import SentenceStatistics, bleu_statistics
from textgan.metrics.symbols import Ints, Symbols, TokenIds

ORDERS = 6
MODEL_ORDERS = {"char": 6, "word": 3, "token": 4}
MODEL_LINES = 100_000
FEATURE_LINES = 5_000


def clean(texts: Iterable[str], what: str) -> list[str]:
    """Strip the ends of lines and drop blank ones; nothing else.

    Raises:
        InputError: as `listed`, or nothing is left; the message names `what`.
    """
    lines = [line for line in (text.strip() for text in listed(texts, what)) if line]
    if not lines:
        raise InputError(f"{what}: no line with text in it; there is nothing to score")
    return lines


def pick(lines: Sequence[str], count: int, seed: int = 0, salt: int = 3) -> list[str]:
    """`count` random lines in their order, or all where there are no more.

    Samples and real lines are compared at equal numbers: most scores depend on them.
    """
    if len(lines) <= count:
        return list(lines)
    chosen = np.random.default_rng((seed, salt)).choice(len(lines), count, replace=False)
    return [lines[i] for i in sorted(chosen.tolist())]


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
    def reference_types(self) -> tuple[int, ...]:
        """Distinct n-grams of the reference, n = 1 … 6."""
        return NgramIndex.build(self.reference, self.level, ORDERS, self.token_ids).sizes

    @cached_property
    def reference_lengths(self) -> Ints:
        """Symbols in each line of the reference."""
        chunks = self.index.alphabet.chunks(self.reference)
        return np.concatenate([chunk.lengths for chunk in chunks])

    @cached_property
    def language_model(self) -> NgramModel:
        """The n-gram model of the reference, or of 100,000 of its lines."""
        lines = self.some(self.reference, MODEL_LINES, salt=8)
        return NgramModel.train(lines, self.level, MODEL_ORDERS[self.level], self.token_ids)

    @cached_property
    def feature_lines(self) -> list[str]:
        """The reference lines whose features are taken, at most 5,000."""
        return self.some(self.reference, FEATURE_LINES, salt=11)

    @cached_property
    def to_features(self) -> Features:
        """LSA features, fitted on reference lines."""
        return Features.fit(
            self.feature_lines, self.level, seed=self.seed, token_ids=self.token_ids
        )

    @cached_property
    def reference_features(self) -> Ints:
        """(lines, dimensions) of at most 5,000 reference lines."""
        return self.to_features(self.feature_lines)

    def some(self, lines: Sequence[str], count: int, salt: int) -> list[str]:
        """`pick` by the evaluation's seed; `salt` sets uses apart."""
        return pick(lines, count, self.seed, salt)

    @cached_property
    def train_molecules(self) -> frozenset[str]:
        """Canonical SMILES of the training lines, for the real lines that follow the samples."""
        from textgan.metrics.smiles import canonical

        return frozenset(smiles for smiles in canonical(self.train or ()) if smiles)

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
    def features(self) -> Ints:
        """LSA features of at most 5,000 of the lines, (lines, dimensions)."""
        return self.material.to_features(self.material.some(self.texts, FEATURE_LINES, salt=12))

    @cached_property
    def feature_groups(self) -> Ints:
        """The jackknife's group of each row of `features`."""
        return line_groups(len(self.features), self.material.seed)

    @cached_property
    def groups(self) -> Ints:
        """The jackknife's group of each line."""
        return line_groups(len(self.texts), self.material.seed)

    @cached_property
    def grouped(self) -> tuple[GroupCounts, ...]:
        """For n = 1 … 6: n-gram counts by group of lines."""
        return self.material.index.count_by_group(self.texts, self.groups, GROUPS)

    def left_out(self, order: int) -> Iterator[tuple[Ints, int]]:
        """Counts and total of the n-grams of `order`: of all lines, then without each group."""
        return self.grouped[order - 1].left_out()

    @cached_property
    def lines_left_out(self) -> tuple[int, ...]:
        """Number of lines: of all, then without each group."""
        sizes = np.bincount(self.groups, minlength=GROUPS)
        return (len(self.texts), *(len(self.texts) - int(size) for size in sizes))
