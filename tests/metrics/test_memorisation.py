import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics.memorisation import (
    copied_run_scores,
    copied_runs,
    copies_scores,
    nearest,
    nearest_scores,
)
from textgan.metrics.symbols import Alphabet

TRAIN = captions(200, 1)


def levenshtein(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row, above = [i], row
        for j, y in enumerate(b, 1):
            row.append(min(row[-1] + 1, above[j] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_nearest_is_the_nearest():
    lines = ["a cat sits on the matt", "zzz", TRAIN[7]]
    for line, (distance, found) in zip(lines, nearest(lines, TRAIN), strict=True):
        every = [levenshtein(line, t) / max(len(line), len(t)) for t in TRAIN]
        assert distance == pytest.approx(min(every))
        assert found in TRAIN
        assert levenshtein(line, found) / max(len(line), len(found)) == pytest.approx(distance)


def test_a_model_that_learned_by_heart_is_seen():
    copied = [*TRAIN[:30], *(line[::-1] for line in TRAIN[:30])]
    scores = nearest_scores(side(copied, ["x"], train=TRAIN))
    assert scores["nearest_p5"].value == 0.0
    assert scores["nearest_p50"].value == pytest.approx(
        np.median([distance for distance, _ in nearest(copied, TRAIN)])
    )
    assert scores["nearest"].low < scores["nearest"].value < scores["nearest"].high
    copies = copies_scores(side(copied, ["x"], train=TRAIN))["copies"]
    assert copies.value == 0.5
    assert copies.protocol == "train:200"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text("abc", max_size=12), min_size=1, max_size=5),
    st.lists(st.text("abcd", max_size=12), min_size=1, max_size=5),
)
def test_longest_copied_run(lines, train):
    expected = [
        max(
            j - i
            for i in range(len(line) + 1)
            for j in range(i, len(line) + 1)
            if any(line[i:j] in t for t in train)
        )
        for line in lines
    ]
    assert copied_runs(lines, train, Alphabet.of(lines, "char")).tolist() == expected


def test_copied_run_counts_words_at_word_level():
    score = copied_run_scores(side(["a cat sat down", "b"], ["x"], "word", ["the a cat sat", "c"]))
    assert score["copied_run"].value == 1.5


def test_without_training_text_there_is_a_reason():
    here = side(["a"], ["x"])
    for score in (copies_scores, nearest_scores, copied_run_scores):
        assert all(e.value is None and "--train" in e.why for e in score(here).values())
