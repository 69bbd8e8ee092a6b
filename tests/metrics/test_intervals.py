"""Error bars cover what they should: the spread over new samples of the same size."""

import random

import numpy as np
import pytest

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics import evaluate as scores
from textgan.metrics.diversity import novel_scores, unique_scores
from textgan.metrics.evaluate import evaluate
from textgan.metrics.intervals import (
    GROUPS,
    bootstrap,
    bootstrap_mean,
    jackknife,
    line_groups,
    wilson,
)

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


def test_the_jackknife_by_hand():
    # Σ (θ₋g - mean)² = 20, and 97.5 % of Student's t with 19 degrees of freedom is 2.093.
    half = 2.093 * (19 / 20 * 20) ** 0.5
    low, high = jackknife(0.0, [1.0] * 10 + [-1.0] * 10)
    assert (low, high) == (pytest.approx(-half), pytest.approx(half))


SHARES = ["js", "precision", "recall", "tv", "type_precision", "type_recall", "ms_jaccard"]
SETS = {
    **dict.fromkeys([*SHARES, "distinct", "self_bleu", "gc"], (0, 1)),
    **dict.fromkeys(["kl", "reverse_kl", "entropy", "length_distance"], (0, np.inf)),
    **dict.fromkeys(["reverse_lm", "frechet_lsa"], (0, np.inf)),
    "zipf": (-np.inf, np.inf),
}


def without(here, group):
    return [line for line, g in zip(here.texts, here.groups, strict=True) if g != group]


@pytest.mark.parametrize("name", SETS)
def test_the_bar_of_a_set_is_the_jackknife_of_the_other_lines(name):
    if name == "gc":  # some lines without a base have no part in it
        random = np.random.default_rng(5)
        lines = ["".join(random.choice(list("acgt"), 9)) for _ in range(60)] + ["n"] * 7
        random.shuffle(lines)
        reference = ["gattaca", "ccgtt", "gg", "tata"] * 5
    else:
        lines, reference = captions(67, 31), captions(80, 32)
    here = side(lines, reference)
    whole = scores.GROUPS[name](here)
    parts = [scores.GROUPS[name](side(without(here, g), reference)) for g in range(GROUPS)]
    barred = 0
    for key, score in whole.items():
        if score.value is None or key == "gc":
            continue
        found = jackknife(score.value, [part[key].value for part in parts], SETS[name])
        if None in found:
            assert score.low is None and score.high is None
            continue
        assert (score.low, score.high) == pytest.approx(found, rel=1e-4, abs=1e-9)
        barred += score.low < score.high
    assert barred


def test_the_bar_of_unique_lines_is_the_wider_of_two():
    every = [str(i) for i in range(150)]
    for lines, wider in ((every + every[:50], True), (every, False)):
        here = side(lines, ["x"])
        score = unique_scores(here)["unique"]
        rests = [without(here, g) for g in range(GROUPS)]
        share = wilson(len(set(lines)), len(lines))
        parts = jackknife(score.value, [len(set(rest)) / len(rest) for rest in rests], (0, 1))
        assert (parts[0] < share[0]) == (parts[1] > share[1]) == wider
        assert (score.low, score.high) == pytest.approx(parts if wider else share)


def test_the_bar_of_novel_lines_is_wilsons():
    score = novel_scores(side(["a"] * 2 + ["b"] * 8, ["x"], train=["a"]))["novel"]
    assert (score.low, score.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


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


def test_another_seed_draws_other_sentences_and_groups():
    values = np.random.default_rng(2).normal(size=50)
    assert bootstrap_mean(values, 1) == bootstrap_mean(values, 1)
    assert bootstrap_mean(values, 1) != bootstrap_mean(values, 2)
    assert np.array_equal(line_groups(100, 1), line_groups(100, 1))
    assert not np.array_equal(line_groups(100, 1), line_groups(100, 2))


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
