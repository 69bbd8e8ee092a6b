import random

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
