"""The rank correlation of curve and divergence, and what follows from it."""

import numpy as np
import pytest

from tests.lab.tiny import quiet
from textgan.lab import curve

GOOD, BAD = [0.9, 0.7, 0.2], [0.1, -0.5, 0.9]


def test_spearman_is_that_of_the_textbook():
    # The ranks differ by d = 0, 1, 1, 0, 0: 1 - 6 * 2 / (5 * 24).
    assert curve.spearman([10, 20, 30, 40, 50], [1, 4, 2, 8, 16]) == pytest.approx(0.9)
    assert curve.spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)


def test_equal_values_share_a_rank_and_no_order_gives_nothing():
    # Ranks 1.5, 1.5, 3 against 1, 2, 3: the correlation of these numbers.
    expected = np.corrcoef([1.5, 1.5, 3], [1, 2, 3])[0, 1]
    assert curve.spearman([5, 5, 7], [0, 1, 2]) == pytest.approx(expected)
    assert curve.spearman([1, 1, 1], [1, 2, 3]) == 0


def test_only_the_order_counts():
    random = np.random.default_rng(0)
    a, b = random.random(20), random.random(20)
    assert curve.spearman(np.exp(3 * a), b**3) == pytest.approx(curve.spearman(a, b))


def test_the_beginning_is_left_out():
    falling = [20.0 - i for i in range(20)]
    late = [0.0, 50.0, 3.0, 99.0, *falling[4:]]
    assert curve.agreement(late, falling) == pytest.approx(1)
    assert curve.agreement(falling[:4], falling[:4]) == 0


def test_a_curve_that_stands_still_has_no_order():
    noise = 1e-5 * np.arange(20.0)
    falling = [20.0 - i for i in range(20)]
    assert curve.agreement([0.3, *(0.9949 + noise[1:])], falling) == 0
    assert curve.agreement([0.3, *(0.9949 - 1000 * noise[1:])], falling) > 0.95


def test_changes_below_the_resolution_are_ties():
    found = curve.seen(np.array([0.5, 0.501, 0.6, 0.602, 0.9]), [1.0, 0.9])
    assert len(set(found[:2])) == len(set(found[2:4])) == 1 and len(set(found)) == 3


def test_two_medians_about_the_bar_are_told_apart():
    names = (*curve.GANS, *curve.WASSERSTEIN)
    for ours, verdict in ((0.51, "holds"), (0.49, "fails")):
        values = [[0.45]] * 2 + [[ours]] * 2
        assert curve.decide(dict(zip(names, values, strict=True))) == verdict


@pytest.mark.parametrize(
    ("gans", "wasserstein", "verdict"),
    [
        ((BAD, BAD), (GOOD, GOOD), "holds"),
        ((BAD, GOOD), (GOOD, GOOD), "holds in part"),
        ((BAD, BAD), (BAD, GOOD), "holds in part"),
        ((BAD, BAD), (BAD, BAD), "fails"),
        ((GOOD, GOOD), (BAD, BAD), "fails"),
    ],
)
def test_the_rule(gans, wasserstein, verdict):
    names = (*curve.GANS, *curve.WASSERSTEIN)
    assert curve.decide(dict(zip(names, (*gans, *wasserstein), strict=True))) == verdict


def test_a_run_has_a_curve_and_a_divergence_at_each_step():
    found = curve.train("gan", 1, 3, quiet)
    assert found["curve"] == "jensen_shannon"
    assert found["step"] == [1, 2, 3]
    assert len(found["values"]) == len(found["js4"]) == 3


def test_the_picture_has_a_row_for_each_objective():
    run = {"step": [1, 2], "values": [2.0, 1.0], "js2": [0.9, 0.8], "js4": [1.0, 0.9], "real": 0.5}
    run |= {"curve": "wasserstein", "spearman": {"js2": 1.0, "js4": 0.5}}
    low = run | {"spearman": {"js2": 0.1, "js4": 0.9}}
    runs = {"gan": [low, low], "gan-minimax": [low, low]}
    runs |= {name: [run, run] for name in curve.WASSERSTEIN}
    found = curve.finding(2, runs)
    assert len(found.picture.axes) == 8
    assert found.verdict == "holds" and "with JS-4 gan 0.90 (0.90 to 0.90)" in found.line
