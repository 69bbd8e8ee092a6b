"""Error bars cover what they should: the spread over new samples of the same size."""

import random

import numpy as np
import pytest

from tests.metrics.texts import captions
from textgan.metrics.evaluate import evaluate
from textgan.metrics.intervals import GROUPS, bootstrap, jackknife, line_groups, wilson

REFERENCE = captions(2000, 99)
NAMES = ["js2", "js4", "precision4", "recall4", "distinct3", "unique", "bleu3", "self_bleu4"]


@pytest.fixture(scope="module")
def evaluations():
    # Captions with noise, so that n-grams outside the reference occur.
    def noisy(seed):
        draw = random.Random(seed)
        lines = captions(200, 1000 + seed)
        return [
            line[: (k := draw.randrange(len(line)))] + draw.choice("abcxyz ") + line[k:]
            for line in lines
        ]

    return [evaluate(noisy(i), REFERENCE, names=NAMES, seed=i) for i in range(60)]


@pytest.mark.parametrize("name", NAMES)
def test_error_bars_cover_the_mean_over_samples(evaluations, name):
    scores = [evaluation[name] for evaluation in evaluations]
    centre = np.mean([score.value for score in scores])
    covered = np.mean([score.low <= centre <= score.high for score in scores])
    # 95 % nominal; 60 draws have a standard error of 3 %.
    assert covered >= 0.85
    # And they are not much wider than they need be. The jackknife's variance errs upwards (Efron &
    # Stein 1981), most for what a single line can add to a set: recall and unique lines.
    spread = np.std([score.value for score in scores])
    width = np.mean([score.high - score.low for score in scores]) / 4
    assert 0.75 * spread < width < (2.5 if name in ("recall4", "unique") else 1.5) * spread


def test_a_bootstrap_would_bias_a_divergence(evaluations):
    # Why the jackknife: the bars stand around the value, which drawing lines twice would move.
    for evaluation in evaluations[:5]:
        score = evaluation["js4"]
        assert score.low < score.value < score.high
        assert score.value - score.low == pytest.approx(score.high - score.value)


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(0).normal(size=20_000)
    groups = line_groups(len(values), 0)
    left_out = [float(values[groups != g].mean()) for g in range(GROUPS)]
    low, high = jackknife(float(values.mean()), left_out)
    half = (high - low) / 2 / 2.093
    assert half == pytest.approx(values.std() / len(values) ** 0.5, rel=0.4)


def test_no_bar_where_a_part_is_undefined_and_none_outside_the_range():
    assert jackknife(0.5, [0.5] * (GROUPS - 1)) == (None, None)
    assert jackknife(0.5, [0.5] * (GROUPS - 1) + [None]) == (None, None)
    assert jackknife(0.9, [0.5, 1.0] * (GROUPS // 2), (0.0, 1.0)) == (0.0, 1.0)


def test_bootstrap_of_a_mean_is_its_standard_error_and_repeats():
    values = np.random.default_rng(1).normal(size=(4000, 1))
    low, high = bootstrap(values, lambda sums: sums / len(values), 5)
    again = bootstrap(values, lambda sums: sums / len(values), 5)
    assert (low[0], high[0]) == (again[0][0], again[1][0])
    assert (high[0] - low[0]) / 2 / 1.96 == pytest.approx(values.std() / 4000**0.5, rel=0.15)
    assert bootstrap(values[:1], lambda sums: sums, 0) is None


def test_groups_are_of_equal_size_and_random():
    groups = line_groups(1003, 4)
    assert set(np.bincount(groups)) == {50, 51}
    assert not np.array_equal(groups, np.arange(1003) % GROUPS)


def test_wilson_of_a_share():
    # Hand values for 8 of 10: Wilson's interval is 0.4902 … 0.9433.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    low, high = wilson(100, 100)
    assert (low, high) == (pytest.approx(0.963, abs=1e-3), 1.0)
    assert wilson(0, 100) == (0.0, pytest.approx(0.037, abs=1e-3))
