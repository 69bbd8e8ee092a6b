"""Counted symbol vectors, held against mutual information counted word by word."""

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from textgan.networks import vectors
from textgan.networks.vectors import cooccurrence_vectors, neighbour_factors


def plain_information(lines, vocab):
    """Positive mutual information of (symbol, side, neighbour), in loops and logarithms."""
    seen = Counter()
    for line in lines.tolist():
        for a, b in pairwise(line):
            seen[a, b] += 1
            seen[b, vocab + a] += 1
    symbols, neighbours = Counter(), Counter()
    for (a, b), count in seen.items():
        symbols[a] += count
        neighbours[b] += count
    whole = sum(count**0.75 for count in neighbours.values())
    table = np.zeros((vocab, 2 * vocab))
    for (a, b), count in seen.items():
        expected = symbols[a] * neighbours[b] ** 0.75 / whole
        table[a, b] = max(0.0, math.log(count / expected))
    return table


@pytest.mark.parametrize(("vocab", "rank"), [(12, 12), (12, 4), (60, 30)])
def test_the_factors_are_those_of_the_full_decomposition(vocab, rank):
    # Squares of uniform numbers: symbols of different frequency.
    lines = (np.random.default_rng(3).random((300, 8)) ** 2 * vocab).astype(np.uint8)
    found = neighbour_factors(lines, vocab, rank, torch.Generator().manual_seed(5)).double()
    u, s, _ = np.linalg.svd(plain_information(lines, vocab))
    kept = u[:, :rank] * np.sqrt(s[:rank])
    # Up to the sign of each, so their products are compared.
    assert found.shape == (vocab, rank)
    np.testing.assert_allclose(found @ found.T, kept @ kept.T, atol=2e-3 * s[0])


def test_symbols_that_stand_in_one_place_point_one_way():
    # 1 and 2 stand between 5 and 6, 3 and 4 between 7 and 8.
    rng = np.random.default_rng(0)
    lines = np.array(
        [[5, rng.integers(1, 3), 6, 0, 7, rng.integers(3, 5), 8, 0] for _ in range(400)], np.uint8
    )
    found = cooccurrence_vectors(lines, 9, 64, seed=0)
    assert float(found[1] @ found[2]) > 0.8 < float(found[3] @ found[4])
    assert abs(float(found[1] @ found[3])) < 0.3


@pytest.mark.parametrize(("vocab", "length"), [(3, 6), (200, 6), (20, 1)])
def test_every_symbol_has_a_unit_vector_of_its_own_also_one_that_is_never_seen(vocab, length):
    lines = np.random.default_rng(1).integers(0, vocab - 1, (50, length), dtype=np.uint16)
    found = cooccurrence_vectors(lines, vocab, 16, seed=4)
    assert found.shape == (vocab, 16) and found.dtype is torch.float32
    torch.testing.assert_close(found.norm(dim=1), torch.ones(vocab))
    assert float((found @ found.T - torch.eye(vocab)).max()) < 0.999
    assert torch.equal(found, cooccurrence_vectors(lines, vocab, 16, seed=4))
    assert not torch.equal(found, cooccurrence_vectors(lines, vocab, 16, seed=5))


def test_of_many_lines_some_from_all_over_are_counted(monkeypatch):
    few = np.random.default_rng(2).integers(0, 9, (500, 2), dtype=np.uint8)
    many = np.repeat(few, 4, axis=0)
    whole = neighbour_factors(few, 9, 9, torch.Generator().manual_seed(0))
    monkeypatch.setattr(vectors, "SYMBOLS", many.size // 2)
    some = neighbour_factors(many, 9, 9, torch.Generator().manual_seed(0))
    torch.testing.assert_close(whole @ whole.T, some @ some.T)
    monkeypatch.setattr(vectors, "SYMBOLS", 100)
    fewer = neighbour_factors(many, 9, 9, torch.Generator().manual_seed(0))
    assert not torch.allclose(whole @ whole.T, fewer @ fewer.T, atol=1e-2)
