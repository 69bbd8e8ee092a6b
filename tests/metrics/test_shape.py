from math import log2

import numpy as np
import pytest

from tests.metrics.plain import counts, grams
from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics.shape import entropy_scores, length_scores, repetition_scores, zipf_scores


def test_entropy_of_known_distributions():
    scores = entropy_scores(side(["abcd", "abcd"], ["x"]))
    assert scores["entropy1"].value == pytest.approx(2.0)
    assert scores["entropy2"].value == pytest.approx(log2(3))
    lines = captions(60, 1)
    found = entropy_scores(side(lines, ["x"], "word"))["entropy2"]
    c = counts(lines, 2, str.split)
    total = sum(c.values())
    assert found.value == pytest.approx(-sum(k / total * log2(k / total) for k in c.values()))
    assert found.low < found.value < found.high
    assert entropy_scores(side(["a"], ["x"]))["entropy2"].why


def test_zipf_of_a_power_law_and_of_too_few_words():
    # Word r stands 2520 / r times, r = 1 … 10: the slope is -1.
    lines = [f"w{r}" for r in range(1, 11) for _ in range(2520 // r)]
    score = zipf_scores(side(lines, ["x"]))["zipf"]
    assert score.value == pytest.approx(-1.0)
    assert score.low < -1 < score.high
    assert zipf_scores(side(["a a a b"], ["x"]))["zipf"].value is None


def test_length_distance_is_the_mean_shift():
    lines, reference = ["ab", "abcd"] * 15, ["abc", "abcde"] * 9
    assert length_scores(side(lines, reference))["length_distance"].value == pytest.approx(1.0)
    assert length_scores(side(lines, lines[::-1]))["length_distance"].value == 0.0
    one = length_scores(side(["a b c"] * 30, ["a", "a b"], "word"))["length_distance"]
    assert one.value == pytest.approx(1.5)


def test_repetition_within_a_line():
    lines = [*captions(40, 3), "ab", "aaaa"]
    scores = repetition_scores(side(lines, ["x"]))
    for n in range(1, 5):
        shares = [
            1 - len(set(grams(line, n))) / len(grams(line, n)) for line in lines if grams(line, n)
        ]
        assert scores[f"repetition{n}"].value == pytest.approx(np.mean(shares))
    assert repetition_scores(side(["aaaa"], ["x"]))["repetition2"].value == pytest.approx(2 / 3)
    assert repetition_scores(side(["a"], ["x"]))["repetition2"].value is None
