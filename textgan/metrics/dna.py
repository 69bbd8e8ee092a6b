"""GC content of DNA. The k-mer spectra are the n-grams at character level: ``js1`` … ``js6``."""

import numpy as np

from textgan.metrics.intervals import GROUPS, bootstrap_mean, jackknife
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate
from textgan.metrics.symbols import Ints


def gc_content(texts: list[str]) -> Ints:
    """Share of G and C among A, C, G, T and U of each line, (lines,); NaN where it has none."""
    upper = [text.upper() for text in texts]
    gc = np.array([text.count("G") + text.count("C") for text in upper], np.float64)
    at = np.array([text.count("A") + text.count("T") + text.count("U") for text in upper])
    bases = gc + at
    shares: Ints = np.divide(gc, bases, out=np.full(len(texts), np.nan), where=bases > 0)
    return shares


def dna_scores(side: Side) -> dict[str, Estimate]:
    """``gc``, the mean GC content, and ``gc_distance``, how far its spread is (Wasserstein-1)."""
    own = gc_content(list(side.texts))
    other = gc_content(list(side.material.reference))
    groups = side.groups[~np.isnan(own)]
    own, other = own[~np.isnan(own)], other[~np.isnan(other)]
    protocol = f"ref:{len(side.material.reference)}"
    if not len(own):
        names = ("gc", "gc_distance")
        return {name: Estimate(None, why="no line has a base A, C, G, T or U") for name in names}
    low, high = bootstrap_mean(own, side.material.seed)
    scores = {"gc": Estimate(float(own.mean()), low, high)}
    if not len(other):
        why = "no reference line has a base A, C, G, T or U"
        return {**scores, "gc_distance": Estimate(None, protocol=protocol, why=why)}
    value = wasserstein(own, other)
    left_out = [
        wasserstein(own[groups != g], other) if (groups != g).any() else None for g in range(GROUPS)
    ]
    bars_of = jackknife(value, left_out, (0.0, 1.0))
    scores["gc_distance"] = Estimate(value, *bars_of, protocol)
    return scores


def wasserstein(a: Ints, b: Ints) -> float:
    """∫ |F - G| of two samples on a line."""
    points = np.sort(np.concatenate((a, b)))
    f = np.searchsorted(np.sort(a), points[:-1], side="right") / len(a)
    g = np.searchsorted(np.sort(b), points[:-1], side="right") / len(b)
    return float((np.abs(f - g) * np.diff(points)).sum())
