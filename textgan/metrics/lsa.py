"""Features of lines by latent semantic analysis: TF-IDF of n-grams, then a truncated SVD.

The features are fitted on the reference alone. They know n-grams and what goes with what, and no
meaning: a distance over them is named for that (``frechet_lsa``, ``frontier_lsa``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from textgan.metrics.ngrams import NgramIndex
from textgan.metrics.sentence_bleu import pair_counts
from textgan.metrics.symbols import Ints, TokenIds

GRAMS = 4_096
DIMENSIONS = 64
ORDERS = {"char": 4, "word": 2, "token": 3}
OVERSAMPLING, POWER_STEPS = 16, 3
CHUNK_LINES = 2_000
Floats = Ints


@dataclass(frozen=True)
class Features:
    """Maps lines to vectors.

    Attributes:
        index: the n-grams of the reference.
        columns: for n = 1, 2 …: the column of each n-gram of the index, -1 where it has none.
        idf: (columns,) inverse document frequency.
        basis: (columns, dimensions) the right singular vectors.
    """

    index: NgramIndex
    columns: tuple[Ints, ...]
    idf: Floats
    basis: Floats

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        level: str,
        *,
        seed: int = 0,
        token_ids: TokenIds | None = None,
        dimensions: int = DIMENSIONS,
    ) -> "Features":
        """Fit on `texts`: the 4,096 n-grams that stand in most lines, at least in two.

        Args:
            texts: the reference.
            level: ``"char"`` (n = 1 … 4), ``"word"`` (n = 1, 2) or ``"token"`` (n = 1 … 3).
            seed: of the randomised SVD.
            token_ids: for the level ``"token"``.
            dimensions: of the features, fewer where the reference has a lower rank.
        """
        orders = ORDERS[level]
        index = NgramIndex.build(texts, level, orders, token_ids)
        pairs = pair_counts(index, index.alphabet.symbols(texts), orders)
        document = [
            np.bincount(pair.grams, minlength=size)
            for pair, size in zip(pairs, index.sizes, strict=True)
        ]
        every = np.concatenate(document)
        # The most frequent first; of two as frequent the one with the lower id.
        chosen = np.argsort(-every, kind="stable")[:GRAMS]
        chosen = np.sort(chosen[every[chosen] >= min(2, len(texts))])
        column = np.full(len(every), -1, np.int64)
        column[chosen] = np.arange(len(chosen))
        columns = tuple(np.split(column, np.cumsum(index.sizes)[:-1]))
        idf = np.log((1 + len(texts)) / (1 + every[chosen])) + 1
        empty = cls(index, columns, idf, np.zeros((len(chosen), 0)))
        return cls(index, columns, idf, _basis(empty, texts, dimensions, seed))

    def weights(self, texts: Sequence[str]) -> Floats:
        """TF-IDF rows of length one, (lines, columns); 1 + log of the count times IDF."""
        symbols = self.index.alphabet.symbols(texts)
        rows = np.zeros((len(texts), len(self.idf)), np.float32)
        for pair, columns in zip(
            pair_counts(self.index, symbols, len(self.columns)), self.columns, strict=True
        ):
            column = columns[pair.grams]
            kept = column >= 0
            rows[pair.lines[kept], column[kept]] = 1 + np.log(pair.counts[kept])
        rows *= self.idf.astype(np.float32)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(norms > 0, norms, 1)

    def __call__(self, texts: Sequence[str]) -> Floats:
        """The features of `texts`, (lines, dimensions)."""
        parts = [
            self.weights(texts[start : start + CHUNK_LINES]) @ self.basis
            for start in range(0, len(texts), CHUNK_LINES)
        ]
        return np.concatenate(parts).astype(np.float64)


def _basis(features: Features, texts: Sequence[str], dimensions: int, seed: int) -> Floats:
    """The first right singular vectors, by randomised subspace iteration (Halko et al. 2011)."""
    rows = features.weights(texts)
    width = min(dimensions + OVERSAMPLING, *rows.shape)
    start = np.random.default_rng((seed, 9)).standard_normal((rows.shape[1], width))
    vectors = np.linalg.qr(start.astype(np.float32))[0]
    for _ in range(POWER_STEPS):
        vectors = np.linalg.qr(rows.T @ (rows @ vectors))[0]
    _, values, right = np.linalg.svd(rows @ vectors, full_matrices=False)
    rank = int(np.count_nonzero(values > 1e-5 * values[0])) if len(values) else 0
    basis: Floats = (vectors @ right.T)[:, : min(dimensions, rank)]
    return basis
