"""Vectors of symbols, counted: symbols with the same neighbours point the same way."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

SYMBOLS = 1 << 24
"""So many symbols are counted, of lines from all over: memory stays bounded."""

SHARE = 0.9
"""Of a vector's squared length, what the neighbours decide; chance has the rest. Without chance
many symbols are hardly told apart, and few of them come to be written."""

SMOOTHING = 0.75
"""Exponent of the neighbours' counts, which keeps rare neighbours from deciding everything."""

EXTRA, ROUNDS = 16, 8


def cooccurrence_vectors(
    lines: NDArray[np.integer[Any]], vocab: int, width: int, seed: int
) -> Tensor:
    """A unit vector for every symbol, from the symbols that stand beside it.

    Args:
        lines: symbols, `(lines, length)`.
        vocab: number of symbols.
        width: size of a vector.
        seed: of the part that is drawn, and of the directions.

    Returns:
        `(vocab, width)`, float32.
    """
    chance = torch.Generator().manual_seed(seed)
    rank = min(vocab, width)
    directions = torch.linalg.qr(torch.randn(width, width, generator=chance)).Q[:rank]
    drawn = functional.normalize(torch.randn(vocab, width, generator=chance), dim=1)
    counted = functional.normalize(neighbour_factors(lines, vocab, rank, chance) @ directions)
    return functional.normalize(SHARE**0.5 * counted + (1 - SHARE) ** 0.5 * drawn, dim=1)


def neighbour_factors(
    lines: NDArray[np.integer[Any]], vocab: int, rank: int, chance: torch.Generator
) -> Tensor:
    """`U sqrt(S)` of the positive pointwise mutual information of symbols and their neighbours.

    The symbol to the left and the one to the right are counted apart (Levy et al. 2015,
    "Improving distributional similarity with lessons learned from word embeddings"); the singular
    vectors are those of subspace iteration (Halko et al. 2011, arXiv 0909.4061).

    Args:
        lines: symbols, `(lines, length)`.
        vocab: number of symbols.
        rank: singular vectors kept, at most `vocab`.
        chance: draws where the iteration begins.

    Returns:
        `(vocab, rank)`, float32.
    """
    some = torch.from_numpy(lines[:: 1 + (lines.size - 1) // SYMBOLS].astype(np.int64))
    pairs, counts = torch.unique(some[:, :-1] * vocab + some[:, 1:], return_counts=True)
    left, right = pairs // vocab, pairs % vocab
    symbol, neighbour = torch.cat([left, right]), torch.cat([right, left + vocab])
    counts = counts.double().repeat(2)
    symbols = torch.zeros(vocab, dtype=torch.double).index_add_(0, symbol, counts)
    neighbours = torch.zeros(2 * vocab, dtype=torch.double).index_add_(0, neighbour, counts)
    neighbours = neighbours**SMOOTHING
    expected = neighbours / neighbours.sum()
    information = (counts / symbols[symbol] / expected[neighbour]).log().float()
    positive = information > 0
    table = torch.sparse_coo_tensor(
        torch.stack([symbol, neighbour])[:, positive],
        information[positive],
        (vocab, 2 * vocab),
        check_invariants=True,
    ).coalesce()
    columns = min(vocab, rank + EXTRA)
    basis = torch.randn(2 * vocab, columns, generator=chance)
    for _ in range(ROUNDS):
        basis = torch.linalg.qr(table.t() @ (table @ basis)).Q
    factors, sizes, _ = torch.linalg.svd(table @ basis, full_matrices=False)
    found: Tensor = factors[:, :rank] * sizes[:rank].sqrt()
    return found
