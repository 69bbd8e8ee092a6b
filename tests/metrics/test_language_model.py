import pytest

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics.kneser_ney import NgramModel
from textgan.metrics.language_model import lm_scores, reverse_lm_scores

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
    model = NgramModel.train(lines, "word", 3)
    assert 2**score.value == pytest.approx(model.perplexity(REFERENCE))
    assert score.low < score.value < score.high


def test_collapse_looks_likely_one_way_and_not_the_other():
    good, collapsed = captions(60, 3), [captions(60, 3)[0]] * 60
    forth = [lm_scores(side(lines, REFERENCE))["lm"].value for lines in (good, collapsed)]
    back = [
        reverse_lm_scores(side(lines, REFERENCE))["reverse_lm"].value for lines in (good, collapsed)
    ]
    assert forth[1] < forth[0] * 1.2
    assert back[1] > 2 * back[0]
