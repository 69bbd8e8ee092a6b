"""LSA features and the two distances over features."""

from pathlib import Path

import numpy as np
import pytest

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics import chrf, lsa, material, memorisation
from textgan.metrics.frechet import frechet_distance, frechet_lsa_scores
from textgan.metrics.frontier import clusters, frontier, frontier_area, frontier_lsa_scores
from textgan.metrics.intervals import GROUPS, jackknife
from textgan.metrics.lsa import Features

REFERENCE = captions(400, 1)
RANDOM = np.random.default_rng(0)


def test_features_span_what_an_exact_svd_spans():
    features = Features.fit(REFERENCE, "word", dimensions=5)
    rows = features.weights(REFERENCE)
    _, values, right = np.linalg.svd(rows, full_matrices=False)
    kept = np.linalg.norm(features(REFERENCE)) ** 2
    assert kept == pytest.approx(np.square(values[:5]).sum(), rel=1e-3)
    overlap = np.linalg.svd(features.basis.T @ right[:5].T, compute_uv=False)
    assert overlap[0] == pytest.approx(1, abs=1e-3)
    assert np.allclose(features.basis.T @ features.basis, np.eye(5), atol=1e-4)


def test_tf_idf_by_hand():
    features = Features.fit(["a b", "a a c", "b"], "word")
    # "a" and "b" stand in two lines each; what stands in one line is no feature.
    assert features.weights(["a b"])[0] == pytest.approx([0.5**0.5, 0.5**0.5])
    twice = 1 + np.log(2)
    row = features.weights(["a a b q"])[0]
    assert row == pytest.approx(np.array([twice, 1]) / np.hypot(twice, 1))
    assert not features.weights(["zzz"]).any()


def test_idf_by_hand():
    # Of four lines three have "a" and two have "b".
    features = Features.fit(["a b", "a", "b a", "d"], "word")
    idf = np.array([1 + np.log(5 / 4), 1 + np.log(5 / 3)])
    assert features.weights(["a d b"])[0] == pytest.approx(idf / np.linalg.norm(idf))


def test_the_most_frequent_n_grams_are_chosen(monkeypatch):
    monkeypatch.setattr(lsa, "GRAMS", 2)
    features = Features.fit(["c", "d", "a", "b", "d", "c", "a", "b", "a", "b"], "word")
    assert features.weights(["a"]).any() and features.weights(["b"]).any()
    assert not features.weights(["c d"]).any()


def test_sizes_of_the_features():
    symbols = "".join(map(chr, range(0x4E00, 0x4E00 + 5_000)))
    assert len(Features.fit([symbols, symbols], "char").idf) == 4_096
    assert Features.fit(captions(400, 1), "char")(["a cat"]).shape == (1, 64)
    ids = {"token": lambda lines: [np.array([ord(c) for c in line], np.int64) for line in lines]}
    for level, orders in (("char", 4), ("word", 2), ("token", 3)):
        features = Features.fit(["a b c d e"] * 2, level, token_ids=ids.get(level))
        assert len(features.columns) == orders


def test_sizes_are_those_that_the_documentation_states():
    text = " ".join((Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8").split())
    orders, models = lsa.ORDERS, material.MODEL_ORDERS
    for words in (
        f"TF-IDF of the {lsa.GRAMS:,} n-grams",
        f"(characters n = 1 … {orders['char']}, words n = 1, {orders['word']})",
        f"the first {lsa.DIMENSIONS} right singular vectors",
        f"order {models['char']} for characters and {models['word']} for words",
        f"{chrf.LINES} lines against {chrf.LINES} references",
        f"5 % and 50 % points; {memorisation.NEAREST_LINES} lines",
        f"jackknife, {GROUPS} random groups, Student's t with {GROUPS - 1} degrees",
    ):
        assert words in text, words


def test_of_more_lines_random_ones_have_features(monkeypatch):
    halves = ["aaaa"] * 4_000 + ["bbbb"] * 4_000
    whole = side(halves, halves)
    assert len(whole.features) == len(whole.material.reference_features) == 5_000
    monkeypatch.setattr(material, "FEATURE_LINES", 20)
    some = side(halves, halves)
    assert set(some.material.feature_lines) == {"aaaa", "bbbb"}
    assert len(some.features) == 20
    assert len(np.unique(some.features.round(3), axis=0)) == 2


def test_features_do_not_depend_on_the_batch():
    features = Features.fit(REFERENCE, "char")
    whole = features(REFERENCE[:50])
    assert np.allclose(whole[7], features(REFERENCE[7:8])[0], atol=1e-5)


def test_frechet_of_known_normals():
    a = RANDOM.standard_normal((200_000, 2))
    b = RANDOM.standard_normal((200_000, 2)) * (2.0, 1.0) + (3.0, 0.0)
    # ‖μ‖² = 9 and (2 - 1)² = 1 for independent coordinates.
    assert frechet_distance(a, b) == pytest.approx(10, rel=0.02)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    assert frechet_distance(a @ turn, b @ turn) == pytest.approx(frechet_distance(a, b))


def test_frechet_lsa_is_a_thousand_times_the_distance():
    here = side(captions(60, 5), captions(80, 6))
    distance = frechet_distance(here.features, here.material.reference_features)
    assert frechet_lsa_scores(here)["frechet_lsa"].value == pytest.approx(1000 * distance)


def test_frontier_area_of_known_histograms():
    p = np.array([0.5, 0.5, 0.0])
    assert frontier_area(p, p) == pytest.approx(1.0)
    assert frontier_area(np.array([1.0, 0]), np.array([0, 1.0])) < 0.01
    q = np.array([0.2, 0.3, 0.5])
    assert frontier_area(p, q) == pytest.approx(frontier_area(q, p), abs=1e-9)
    # A fine trapezium rule over the paper's curve, by hand.
    weights = np.linspace(1e-9, 1 - 1e-9, 20_001)
    r = weights[:, None] * p + (1 - weights[:, None]) * q
    kl_p = np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1) / r), 0), axis=1)
    kl_q = np.sum(q * np.log(q / r), axis=1)
    x, y = np.exp(-5 * kl_q), np.exp(-5 * kl_p)
    order = np.argsort(x)
    x, y = np.append(x[order], 1.0), np.append(y[order], 0.0)
    area = x[0] * 1.0 + np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2)
    assert frontier_area(p, q, mixtures=2001) == pytest.approx(area, abs=2e-3)
    assert frontier_area(p, q) == pytest.approx(area, abs=2e-2)


def test_clusters_find_separate_clouds_and_repeat():
    centres = RANDOM.standard_normal((4, 3)) * 50
    truth = RANDOM.integers(0, 4, 300)
    points = centres[truth] + RANDOM.standard_normal((300, 3))
    label = clusters(points, 4, seed=1)
    assert len(set(zip(label.tolist(), truth.tolist(), strict=True))) == 4
    assert np.array_equal(label, clusters(points, 4, seed=1))
    # Fewer distinct points than clusters: no NaN, no endless loop.
    assert len(set(clusters(np.ones((10, 2)), 3, 0).tolist())) == 1


def test_clusters_are_those_that_a_further_pass_finds():
    points = np.random.default_rng(4).standard_normal((300, 3))
    label = clusters(points, 6, seed=1)
    centres = np.array([points[label == k].mean(axis=0) for k in range(6)])
    apart = np.linalg.norm(points[:, None] - centres, axis=2)
    assert np.array_equal(apart.argmin(axis=1), label)


def test_the_bar_of_the_frontier_is_the_jackknife_over_the_same_clusters():
    here = side(captions(67, 31), captions(80, 32))
    features, reference = here.features, here.material.reference_features
    score = frontier_lsa_scores(here)["frontier_lsa"]
    label = clusters(np.concatenate((features, reference)), 7, seed=0)
    own, other = label[:67], np.bincount(label[67:], minlength=7) / 80

    def area(rest):
        return frontier_area(np.bincount(rest, minlength=7) / len(rest), other)

    parts = [area(own[here.feature_groups != g]) for g in range(GROUPS)]
    assert score.value == pytest.approx(area(own))
    assert (score.low, score.high) == pytest.approx(jackknife(area(own), parts, (0, 1)))
    assert score.low < score.high


def test_both_distances_tell_real_text_from_collapse():
    real = side(captions(300, 2), REFERENCE)
    collapsed = side([*captions(5, 3)] * 60, REFERENCE)
    near, far = (frechet_lsa_scores(s)["frechet_lsa"] for s in (real, collapsed))
    assert near.high < far.low
    near, far = (frontier_lsa_scores(s)["frontier_lsa"] for s in (real, collapsed))
    assert near.value > 0.8
    assert far.value < 0.1
    assert near.low <= near.value <= near.high
    assert "clusters:30|scale:5" in near.protocol


def test_any_features_and_too_few_lines():
    a, b = RANDOM.standard_normal((100, 8)), RANDOM.standard_normal((100, 8)) + 4
    assert frontier(a, a.copy()) == pytest.approx(1.0)
    assert frontier(a, b) < 0.05
    for score in (frechet_lsa_scores, frontier_lsa_scores):
        (estimate,) = score(side(["a"], REFERENCE)).values()
        assert estimate.value is None
        assert estimate.why
        (estimate,) = score(side(["xyz"] * 40, ["a", "b"])).values()
        assert estimate.value is None
