import pytest

from textgan.metrics.compare import differ, pairs, ranking
from textgan.metrics.score import Score


def score(value, low, high):
    return Score("js4", value, low, high, None, "")


A, B, C = score(0.1, 0.08, 0.12), score(0.13, 0.11, 0.15), score(0.5, 0.45, 0.6)
NONE, BARE = score(None, None, None), score(0.3, None, None)


def test_a_difference_counts_beyond_both_bars_together():
    # 0.03 apart, bars of 0.02 each: √(0.02² + 0.02²) = 0.028 < 0.03.
    assert differ(A, B)
    assert differ(B, A)
    assert not differ(A, score(0.12, 0.10, 0.14))
    assert not differ(A, A)


@pytest.mark.parametrize("other", [NONE, BARE])
def test_nothing_is_claimed_without_a_value_or_a_bar(other):
    assert not differ(A, other)
    assert not differ(other, A)


def test_the_arm_towards_the_other_value_counts():
    wide_above = score(0.1, 0.09, 0.5)
    assert not differ(wide_above, score(0.2, 0.19, 0.21))
    assert differ(wide_above, score(0.05, 0.04, 0.06))


def test_ranking_and_pairs():
    scores = {"c": C, "b": B, "a": A, "near": score(0.115, 0.09, 0.14), "none": NONE}
    assert ranking(scores) == "a ≈ near ≈ b < c"
    assert set(pairs(scores)) == {("a", "b"), ("a", "c"), ("b", "c"), ("near", "c")}
    assert ranking({"a": A, "none": NONE}) == ""
