import pytest

from tests.metrics.plain import counts
from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics.types import ms_jaccard_scores, type_precision_scores, type_recall_scores

LINES, REFERENCE = captions(80, 1), captions(120, 2)


@pytest.mark.parametrize(("level", "split"), [("char", list), ("word", str.split)])
def test_against_sets_and_counters(level, split):
    here = side(LINES, REFERENCE, level)
    precision, recall, jaccard = (
        score(here) for score in (type_precision_scores, type_recall_scores, ms_jaccard_scores)
    )
    product = 1.0
    for n in range(1, 7):
        a, b = counts(LINES, n, split), counts(REFERENCE, n, split)
        assert precision[f"type_precision{n}"].value == pytest.approx(len(a & b) / len(a))
        assert recall[f"type_recall{n}"].value == pytest.approx(len(a & b) / len(b))
        if n < 6:
            pairs = [(a[g] / len(LINES), b[g] / len(REFERENCE)) for g in a.keys() | b.keys()]
            product *= sum(map(min, pairs)) / sum(map(max, pairs))
            score = jaccard[f"ms_jaccard{n}"]
            assert score.value == pytest.approx(product ** (1 / n))
            assert score.low < score.value < score.high


def test_equal_texts_reach_one_and_short_ones_nothing():
    assert ms_jaccard_scores(side(LINES, LINES))["ms_jaccard5"].value == pytest.approx(1)
    short = ms_jaccard_scores(side(["ab"] * 30, REFERENCE))
    assert short["ms_jaccard2"].value < 0.2
    assert short["ms_jaccard3"].value is None
    assert "3 symbols" in short["ms_jaccard3"].why
