"""Overlap of distinct n-grams, and MS-Jaccard."""

import numpy as np

from textgan.metrics.divergence import estimate, overlaps
from textgan.metrics.intervals import jackknife
from textgan.metrics.material import ORDERS, Side
from textgan.metrics.score import Estimate

JACCARD_ORDERS = 5


def type_precision_scores(side: Side) -> dict[str, Estimate]:
    """``type_precision1`` …: share of the distinct n-grams of the lines that the reference has."""
    protocol = f"ref:{len(side.material.reference)}"
    return {
        f"type_precision{n}": estimate(
            side,
            n,
            lambda o: np.count_nonzero(o.reference[o.counts > 0]) / np.count_nonzero(o.counts),
            protocol,
        )
        for n in range(1, ORDERS + 1)
    }


def type_recall_scores(side: Side) -> dict[str, Estimate]:
    """``type_recall1`` …: share of the distinct n-grams of the reference that the lines have."""
    protocol = f"ref:{len(side.material.reference)}"
    sizes = side.material.reference_types

    def scores(n: int) -> Estimate:
        types = sizes[n - 1]
        return estimate(
            side, n, lambda o: np.count_nonzero(o.counts[o.reference > 0]) / types, protocol
        )

    return {f"type_recall{n}": scores(n) for n in range(1, ORDERS + 1)}


def ms_jaccard_scores(side: Side) -> dict[str, Estimate]:
    """``ms_jaccard1`` … ``ms_jaccard5``, Montahaei et al. 2019.

    For each order Σ min(P, Q) / Σ max(P, Q) over counts per line, and of the orders 1 … n the
    geometric mean.
    """
    reference_lines = len(side.material.reference)
    protocol = f"ref:{reference_lines}|mean:geometric"
    ratios = np.full((JACCARD_ORDERS, 1 + len(side.lines_left_out[1:])), np.nan)
    for n in range(1, JACCARD_ORDERS + 1):
        for i, (overlap, lines) in enumerate(
            zip(overlaps(side, n), side.lines_left_out, strict=True)
        ):
            if overlap.defined and lines:
                p, q = overlap.counts / lines, overlap.reference / reference_lines
                least = float(np.minimum(p, q).sum())
                both = overlap.total / lines + overlap.reference_total / reference_lines
                ratios[n - 1, i] = least / (both - least)
    scores = {}
    for n in range(1, JACCARD_ORDERS + 1):
        means = np.prod(ratios[:n], axis=0) ** (1 / n)
        if np.isnan(means[0]):
            why = f"no line has {n} symbols, or no reference"
            scores[f"ms_jaccard{n}"] = Estimate(None, protocol=protocol, why=why)
            continue
        value = float(means[0])
        left_out = [None if np.isnan(x) else float(x) for x in means[1:]]
        bars = jackknife(value, left_out, (0.0, 1.0))
        scores[f"ms_jaccard{n}"] = Estimate(value, *bars, protocol)
    return scores
