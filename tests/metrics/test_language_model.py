import random

import numpy as np
import pytest

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics import language_model, material
from textgan.metrics.kneser_ney import NgramModel
from textgan.metrics.language_model import lm_scores, reverse_lm_scores
from textgan.metrics.material import Material, Side

REFERENCE = captions(300, 1)


def test_lm_is_the_models_bits_a_symbol():
    lines = captions(50, 2)
    score = lm_scores(side(lines, REFERENCE))["lm"]
    model = NgramModel.train(REFERENCE, "char", 6)
    assert 2**score.value == pytest.approx(model.perplexity(lines))
    assert score.low < score.value < score.high


def test_reverse_lm_is_the_other_way_round():
    lines = captions(50, 2)
    score = reverse_lm_scores(side(lines, REFERENCE, "word"))["reverse_lm"]
    words = {word for line in lines + REFERENCE for word in line.split()}
    model = NgramModel.train(lines, "word", 3, vocabulary=len(words))
    assert 2**score.value == pytest.approx(model.perplexity(REFERENCE))
    assert score.low < score.value < score.high


@pytest.mark.parametrize("level", ["char", "word"])
def test_collapse_looks_likely_one_way_and_not_the_other(level):
    good, collapsed = captions(60, 3), [captions(60, 3)[0]] * 60
    sides = [side(lines, REFERENCE, level) for lines in (good, collapsed)]
    forth = [lm_scores(found)["lm"].value for found in sides]
    back = [reverse_lm_scores(found)["reverse_lm"].value for found in sides]
    assert forth[1] < forth[0] * 1.2
    assert back[1] > 2 * back[0]


def test_lines_that_lack_most_words_teach_little():
    # With one symbol for all that is unknown, the line that knows the fewest would teach the most.
    draw = random.Random(0)
    lines, held = (
        [" ".join(f"w{int(draw.paretovariate(0.3))}" for _ in range(8)) for _ in range(300)]
        for _ in range(2)
    )
    good, collapsed = (
        reverse_lm_scores(side(found, held, "word"))["reverse_lm"].value
        for found in (lines, lines[:1] * 300)
    )
    assert collapsed > good


HALVES = ["aaaa"] * 30 + ["bbbb"] * 30


def test_of_a_larger_reference_random_lines_are_learned(monkeypatch):
    monkeypatch.setattr(material, "MODEL_LINES", 20)
    assert side(["a"], HALVES).material.language_model.symbols == ("a", "b")


def test_of_a_larger_reference_random_lines_are_scored(monkeypatch):
    monkeypatch.setattr(language_model, "HELD_OUT_LINES", 20)
    # What teaches one half of the reference alone knows neither all of it nor nothing.
    one, other, both = (
        reverse_lm_scores(side([line] * 40, reference))["reverse_lm"].value
        for line, reference in (("aaaa", HALVES[:30]), ("aaaa", HALVES), ("bbbb", HALVES))
    )
    assert other > 2 * one
    assert both > 2 * one


def test_orders_of_the_model():
    def ids(lines):
        return [np.array([ord(c) for c in line], np.int64) for line in lines]

    for level, order in (("char", 6), ("word", 3), ("token", 4)):
        given = ids if level == "token" else None
        here = Side(["a b"], Material(["a b"], None, ["b a"], None, level, token_ids=given))
        assert len(here.material.language_model.orders) == order
        assert f"|order:{order}|" in reverse_lm_scores(here)["reverse_lm"].protocol
