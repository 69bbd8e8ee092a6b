"""Area under the divergence frontier of two sets of feature vectors, Pillutla et al. 2021.

The vectors of both sets are put into k clusters together; P and Q are the shares of each cluster.
For every mixture R = λP + (1 - λ)Q the frontier has the point (e^{-c KL(Q‖R)}, e^{-c KL(P‖R)}); the
area under it is 1 for equal and near 0 for distant distributions.
"""

import numpy as np

from textgan.metrics.intervals import GROUPS, jackknife
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate
from textgan.metrics.symbols import Ints

SCALE = 5.0
MIXTURES = 25
ITERATIONS = 50
LARGEST_CLUSTERS = 500


def frontier_area(p: Ints, q: Ints, scale: float = SCALE, mixtures: int = MIXTURES) -> float:
    """The area under the frontier of two histograms.

    Args:
        p: (clusters,) shares, summing to one.
        q: the same of the other set.
        scale: the paper's c.
        mixtures: number of λ from 0 to 1.
    """
    weights = np.linspace(1e-6, 1 - 1e-6, mixtures)
    points = [(1.0, 0.0)]
    for weight in weights[::-1]:
        # From R = P, where KL(P‖R) is 0, to R = Q.
        r = weight * p + (1 - weight) * q
        points.append((np.exp(-scale * _kl(q, r)), np.exp(-scale * _kl(p, r))))
    points.append((0.0, 1.0))
    x, y = np.array(sorted(points, key=lambda point: (point[0], -point[1]))).T
    return float(np.clip(((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum(), 0.0, 1.0))


def _kl(p: Ints, r: Ints) -> float:
    some = p > 0
    return float((p[some] * np.log(p[some] / r[some])).sum())


def clusters(features: Ints, k: int, seed: int) -> Ints:
    """The cluster of each vector, (vectors,): k-means from k-means++ centres.

    Args:
        features: (vectors, dimensions).
        k: number of clusters, at most as many as vectors.
        seed: of the first centres.
    """
    random = np.random.default_rng((seed, 10))
    squares = np.square(features).sum(axis=1)
    centres = np.empty((k, features.shape[1]))
    nearest = np.full(len(features), np.inf)
    for i in range(k):
        total = nearest.sum()
        chances = nearest / total if 0 < total < np.inf else None
        centres[i] = features[random.choice(len(features), p=chances)]
        apart = squares - 2 * features @ centres[i] + np.square(centres[i]).sum()
        nearest = np.minimum(nearest, apart.clip(min=0))
    label = np.full(len(features), -1)
    for _ in range(ITERATIONS):
        distance = np.square(centres).sum(axis=1) - 2 * features @ centres.T
        new = distance.argmin(axis=1)
        if np.array_equal(new, label):
            break
        label = new
        sizes = np.bincount(label, minlength=k)
        order = np.argsort(label, kind="stable")
        filled = np.flatnonzero(sizes)
        starts = (np.cumsum(sizes) - sizes)[filled]
        centres[filled] = np.add.reduceat(features[order], starts) / sizes[filled, None]
    return label


def frontier(a: Ints, b: Ints, seed: int = 0, k: int | None = None) -> float:
    """The area under the frontier of any two sets of features, (lines, dimensions) each.

    Args:
        a: the lines under test.
        b: the reference.
        seed: of the clustering.
        k: number of clusters; by default a tenth of the smaller set, from 2 to 500.
    """
    k = k or _default_clusters(len(a), len(b))
    label = clusters(np.concatenate((a, b)), k, seed)
    return frontier_area(_shares(label[: len(a)], k), _shares(label[len(a) :], k))


def _default_clusters(a: int, b: int) -> int:
    return max(2, min(LARGEST_CLUSTERS, round(min(a, b) / 10)))


def _shares(label: Ints, k: int) -> Ints:
    return np.bincount(label, minlength=k) / len(label)


def frontier_lsa_scores(side: Side) -> dict[str, Estimate]:
    """``frontier_lsa``: over LSA features fitted on the reference, from 0 to 1."""
    features, reference = side.features, side.material.reference_features
    protocol = f"ref:{len(reference)}|lines:{len(features)}"
    if min(len(features), len(reference)) < 2 or not reference.shape[1]:
        why = "clusters need two lines on each side, and a shared n-gram"
        return {"frontier_lsa": Estimate(None, protocol=protocol, why=why)}
    k = _default_clusters(len(features), len(reference))
    label = clusters(np.concatenate((features, reference)), k, side.material.seed)
    own, q = label[: len(features)], _shares(label[len(features) :], k)
    value = frontier_area(_shares(own, k), q)
    left_out: list[float | None] = []
    for g in range(GROUPS):
        rest = own[side.feature_groups != g]
        left_out.append(frontier_area(_shares(rest, k), q) if len(rest) else None)
    bars = jackknife(value, left_out, (0.0, 1.0))
    return {"frontier_lsa": Estimate(value, *bars, f"{protocol}|clusters:{k}|scale:5")}
