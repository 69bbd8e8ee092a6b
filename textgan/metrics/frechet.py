"""Fréchet distance between two sets of feature vectors, each taken as a normal distribution."""

import numpy as np

from textgan.metrics.intervals import GROUPS, jackknife
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate
from textgan.metrics.symbols import Ints

Moments = tuple[Ints, Ints]


def moments(features: Ints) -> Moments:
    """Mean (dimensions,) and covariance (dimensions, dimensions) of rows."""
    return features.mean(axis=0), np.cov(features, rowvar=False).reshape(
        features.shape[1], features.shape[1]
    )


def frechet(a: Moments, b: Moments) -> float:
    """‖μa - μb‖² + tr(A + B - 2 (AB)^½), Dowson & Landau 1982.

    The root comes from the symmetric A^½ B A^½, which has real eigenvalues where AB has rounding.
    """
    values, vectors = np.linalg.eigh(a[1])
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    middle = np.linalg.eigvalsh(root @ b[1] @ root)
    trace = np.trace(a[1]) + np.trace(b[1]) - 2 * np.sqrt(middle.clip(min=0)).sum()
    return max(0.0, float(np.square(a[0] - b[0]).sum() + trace))


def frechet_distance(a: Ints, b: Ints) -> float:
    """Fréchet distance of any two sets of features, (lines, dimensions) each, two lines or more."""
    return frechet(moments(a), moments(b))


def frechet_lsa_scores(side: Side) -> dict[str, Estimate]:
    """``frechet_lsa``: over LSA features fitted on the reference, times 1,000.

    The distance of few lines is too large by about dimensions over lines: compare at equal counts.
    """
    reference = side.material.reference_features
    features = side.features
    protocol = (
        f"ref:{len(reference)}|lines:{len(features)}|dimensions:{reference.shape[1]}|scale:1000"
    )
    if min(len(features), len(reference)) < 2 or not reference.shape[1]:
        why = "a covariance needs two lines on each side, and a shared n-gram"
        return {"frechet_lsa": Estimate(None, protocol=protocol, why=why)}
    other = moments(reference)
    value = 1000 * frechet(moments(features), other)
    groups = side.feature_groups
    left_out: list[float | None] = []
    for g in range(GROUPS):
        rest = features[groups != g]
        left_out.append(1000 * frechet(moments(rest), other) if len(rest) > 1 else None)
    bars = jackknife(value, left_out, (0.0, float("inf")))
    return {"frechet_lsa": Estimate(value, *bars, protocol)}
