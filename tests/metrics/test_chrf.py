import numpy as np
import pytest
from sacrebleu.metrics.chrf import CHRF

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics import chrf
from textgan.metrics.chrf import LINES, chrf_scores


def test_equal_to_sacrebleus_sentence_score():
    lines, references = captions(12, 1), captions(15, 2)
    score = chrf_scores(side(lines, references))["chrf"]
    theirs = CHRF()
    mean = np.mean([theirs.sentence_score(line, references).score for line in lines])
    assert score.value == pytest.approx(mean, abs=1e-9)
    theirs.corpus_score(lines, [[references[0]] * len(lines)])
    options = str(theirs.get_signature()).split("|", 1)[1].rsplit("|version:", 1)[0]
    assert options in score.protocol
    assert score.protocol.startswith("lines:12|nrefs:15|")


def test_the_signature_says_when_lines_are_drawn():
    score = chrf_scores(side(captions(LINES + 1, 3), captions(LINES + 50, 4)))["chrf"]
    assert score.protocol.startswith(f"lines:{LINES}|nrefs:{LINES}|")


def test_of_more_lines_random_ones_are_taken(monkeypatch):
    monkeypatch.setattr(chrf, "LINES", 20)
    halves = ["cat"] * 30 + ["dog"] * 30
    for word in ("cat", "dog"):
        assert chrf_scores(side([word] * 60, halves))["chrf"].value == pytest.approx(100)
        assert 0 < chrf_scores(side(halves, [word] * 60))["chrf"].value < 100
