import random
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics import memorisation
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


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40), st.integers(0, 40)), min_size=1),
    st.lists(st.text("ab", min_size=1, max_size=40), min_size=1, max_size=5),
    st.integers(1, 3),
)
def test_copied_runs_of_copies_whatever_is_compared_at_once(cuts, train, lines_at_once):
    """Long runs of all lengths, some twice in a line, between pieces of any size."""
    lines = [train[n % len(train)][a:][:b] + "c" + train[0][:b] for n, a, b in cuts]
    alphabet = Alphabet.of([*lines, "z"], "char")
    with mock.patch.object(memorisation, "PIECE_LINES", lines_at_once):
        found = copied_runs(lines, train, alphabet).tolist()
    assert found == [grown(line, train) for line in lines]


def grown(line, train):
    """The longest run, found by making it longer."""
    n = 0
    while any(line[i : i + n + 1] in t for t in train for i in range(len(line) - n)):
        n += 1
    return n


def test_copied_runs_count_the_passes_by_the_logarithm(monkeypatch):
    passes = []
    shared = memorisation.Grams.shared
    monkeypatch.setattr(
        memorisation.Grams, "shared", lambda *given: passes.append(1) or shared(*given)
    )
    line = "".join(random.Random(1).choices("acgt", k=5_000))
    assert copied_runs([line, line[7:]], [line], Alphabet.of([line], "char")).tolist() == [
        5_000, 4_993,
    ]  # fmt: skip
    assert len(passes) < 100


def test_copied_run_counts_words_at_word_level():
    score = copied_run_scores(side(["a cat sat down", "b"], ["x"], "word", ["the a cat sat", "c"]))
    assert score["copied_run"].value == 1.5


def test_of_more_lines_random_ones_are_near(monkeypatch):
    monkeypatch.setattr(memorisation, "NEAREST_LINES", 20)
    scores = nearest_scores(side(["aaa"] * 30 + ["bbb"] * 30, ["x"], train=["aaa"]))
    assert 0 < scores["nearest"].value < 1
    assert scores["nearest"].protocol == "lines:20|train:1"


def test_the_bar_of_nearest_is_the_standard_error_of_a_mean():
    lines = captions(150, 9)
    score = nearest_scores(side(lines, ["x"], train=captions(40, 8)))["nearest"]
    distances = np.array([distance for distance, _ in nearest(lines, captions(40, 8))])
    half = (score.high - score.low) / 2 / 1.96
    assert half == pytest.approx(distances.std() / len(lines) ** 0.5, rel=0.15)


def test_without_training_text_there_is_a_reason():
    here = side(["a"], ["x"])
    for score in (copies_scores, nearest_scores, copied_run_scores):
        assert all(e.value is None and "--train" in e.why for e in score(here).values())
