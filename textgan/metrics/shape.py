"""The shape of the lines: entropy, Zipf's slope, lengths, repetition within a line."""

from collections import Counter

import numpy as np

from textgan.metrics.intervals import GROUPS, bootstrap_mean, jackknife
from textgan.metrics.material import ORDERS, Side
from textgan.metrics.score import Estimate
from textgan.metrics.sentence_bleu import pair_counts
from textgan.metrics.symbols import Ints

ENTROPY_ORDERS = 3
REPETITION_ORDERS = (1, 2, 3, 4)


def entropy_scores(side: Side) -> dict[str, Estimate]:
    """``entropy1`` … ``entropy3``: entropy of the n-grams in bits, as counted (no correction)."""
    scores = {}
    for n in range(1, ENTROPY_ORDERS + 1):
        whole, *parts = (_entropy(counts, total) for counts, total in side.left_out(n))
        name = f"entropy{n}"
        if whole is None:
            scores[name] = Estimate(None, why=f"no line has {n} symbols")
        else:
            scores[name] = Estimate(whole, *jackknife(whole, parts, (0.0, float("inf"))))
    return scores


def _entropy(counts: Ints, total: int) -> float | None:
    if not total:
        return None
    p = counts[counts > 0] / total
    return max(0.0, float(-(p * np.log2(p)).sum()))


def zipf_scores(side: Side) -> dict[str, Estimate]:
    """``zipf``: slope of log frequency over log rank of the words, by least squares.

    Natural text stands near -1; a collapsed model's few words fall off more steeply. Words are what
    white space separates, at any level.
    """
    words = [Counter[str]() for _ in range(GROUPS)]
    for text, group in zip(side.texts, side.groups.tolist(), strict=True):
        words[group].update(text.split())
    every = sum(words, Counter[str]())
    value = _slope(every)
    if value is None:
        return {"zipf": Estimate(None, protocol="words", why="needs three different words")}
    left_out = [_slope(every - part) for part in words]
    return {"zipf": Estimate(value, *jackknife(value, left_out), "words")}


def _slope(words: Counter[str]) -> float | None:
    frequencies = np.sort(np.fromiter(words.values(), np.float64, len(words)))[::-1]
    if len(frequencies) < 3:
        return None
    x, y = np.log(np.arange(1, len(frequencies) + 1)), np.log(frequencies)
    x -= x.mean()
    return float((x * y).sum() / (x * x).sum())


def length_scores(side: Side) -> dict[str, Estimate]:
    """``length_distance``: how far the line lengths are from the reference's, in symbols.

    Wasserstein-1 distance, Σ |F - G| over the two distribution functions: how many symbols a line
    must change by, on average, to make one distribution of lengths the other.
    """
    own = side.symbols.lengths
    other = side.material.reference_lengths
    longest = int(max(own.max(), other.max())) + 1
    g = np.cumsum(np.bincount(other, minlength=longest)) / len(other)
    flat = np.bincount(side.groups * longest + own, minlength=GROUPS * longest)
    table = flat.reshape(GROUPS, longest)

    def distance(counts: Ints) -> float | None:
        total = counts.sum()
        return float(np.abs(np.cumsum(counts) / total - g).sum()) if total else None

    value = distance(table.sum(axis=0))
    assert value is not None
    left_out = [distance(table.sum(axis=0) - part) for part in table]
    protocol = f"ref:{len(other)}|unit:symbols"
    bars = jackknife(value, left_out, (0.0, float("inf")))
    return {"length_distance": Estimate(value, *bars, protocol)}


def repetition_scores(side: Side) -> dict[str, Estimate]:
    """``repetition1`` …: share of a line's n-grams that stood in the line before; the mean.

    Lines shorter than n have no n-gram and do not count.
    """
    pairs = list(pair_counts(side.material.index, side.symbols, max(REPETITION_ORDERS)))
    scores = {}
    for n in REPETITION_ORDERS:
        assert n <= ORDERS
        windows = np.maximum(side.symbols.lengths - n + 1, 0)
        distinct = np.bincount(pairs[n - 1].lines, minlength=len(windows))
        long = windows > 0
        name = f"repetition{n}"
        if not long.any():
            scores[name] = Estimate(None, why=f"no line has {n} symbols")
            continue
        shares = 1 - distinct[long] / windows[long]
        scores[name] = Estimate(float(shares.mean()), *bootstrap_mean(shares, side.material.seed))
    return scores
