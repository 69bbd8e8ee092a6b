import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from tests.metrics.texts import captions
from textgan.metrics import symbols
from textgan.metrics.bleu import corpus_bleu_scores, self_bleu_scores
from textgan.metrics.material import Material, Side
from textgan.metrics.ngrams import NgramIndex
from textgan.metrics.self_bleu import closest_other_lengths, self_bleu, self_bleu_means
from textgan.metrics.sentence_bleu import bleu

METHOD_1 = SmoothingFunction().method1


def nltk_bleu(references, hypothesis, n):
    return sentence_bleu(references, hypothesis, (1 / n,) * n, METHOD_1)


def check_bleu(lines, references):
    ours = bleu(lines, references)
    split = [line.split() for line in references]
    for n in range(1, 6):
        theirs = [nltk_bleu(split, line.split(), n) for line in lines]
        assert np.abs(ours[n - 1] - theirs).max() < 1e-9


def check_self_bleu(lines):
    ours = self_bleu(lines)
    split = [line.split() for line in lines]
    for n in range(1, 6):
        theirs = [nltk_bleu(split[:i] + split[i + 1 :], split[i], n) for i in range(len(split))]
        assert np.abs(ours[n - 1] - theirs).max() < 1e-9


def test_equal_to_nltk():
    check_bleu(captions(40, 1), captions(60, 2))
    check_self_bleu(captions(50, 3))


WORDS = st.lists(st.sampled_from("a b c d".split()), min_size=1, max_size=8).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(WORDS, min_size=2, max_size=6), st.lists(WORDS, min_size=1, max_size=5))
def test_equal_to_nltk_on_short_and_repeated_lines(lines, references):
    check_bleu(lines, references)
    check_self_bleu(lines)


@settings(deadline=None, max_examples=60)
@given(st.lists(WORDS, min_size=2, max_size=12), st.integers(0, 2**30), st.integers(1, 5))
def test_without_a_group_is_self_bleu_of_the_others(lines, seed, number):
    groups = np.random.default_rng(seed).integers(number, size=len(lines))
    means, without = self_bleu_means(NgramIndex.build(lines, "word", 5), lines, groups, number)
    np.testing.assert_allclose(means, self_bleu(lines).mean(axis=1), rtol=1e-12)
    for group, found in enumerate(without):
        kept = [line for line, of in zip(lines, groups, strict=True) if of != group]
        if len(kept) < 2:
            assert found is None
        else:
            np.testing.assert_allclose(found, self_bleu(kept).mean(axis=1), rtol=1e-12)


def test_golden_values_of_degenerate_lines():
    # A line of one symbol has no bigram: precision 0.1 / 1 by smoothing, so √(1 · 0.1).
    assert bleu(["a"], ["a"])[1, 0] == pytest.approx(0.1**0.5)
    # Nothing in common is 0, smoothed or not; two equal lines have a self-BLEU of 1.
    assert bleu(["x y z"], ["a b c"])[4, 0] == 0.0
    assert self_bleu(["a b c d e", "a b c d e"])[4].tolist() == [1.0, 1.0]


def test_the_closest_other_length_leaves_the_line_itself_out():
    lengths = np.array([3, 5, 5, 9, 7])
    # 3 → 5; 5 → the other 5; 9 → 7; 7 is as near to 5 as to 9, and the shorter one counts.
    assert closest_other_lengths(lengths).tolist() == [5, 5, 5, 7, 5]


@pytest.mark.parametrize("seed", [1, 2])
def test_corpus_bleu_is_sacrebleus(seed):
    lines, references = captions(30, seed), captions(25, seed + 10)
    side = Side(lines, Material(lines, None, references, None, "word"))
    ours = corpus_bleu_scores(side)["corpus_bleu"]
    metric = sacrebleu.BLEU(tokenize="none")
    streams = [[reference] * len(lines) for reference in references]
    assert ours.value == pytest.approx(metric.corpus_score(lines, streams).score, abs=1e-9)
    theirs = str(metric.get_signature()).rsplit("|version:", 1)
    assert f"|{theirs[0]}|sacrebleu:{theirs[1]}" in ours.protocol
    assert ours.low < ours.value < ours.high


def test_a_single_line_has_no_self_bleu():
    side = Side(["a b"], Material(["a b"], None, ["a b"], None, "word"))
    assert all(e.value is None and "others" in e.why for e in self_bleu_scores(side).values())


def test_statistics_do_not_depend_on_the_chunk(monkeypatch):
    lines, reference = captions(30, 1), captions(30, 2)
    whole = bleu(lines, reference)
    monkeypatch.setattr(symbols.Alphabet.chunks, "__defaults__", (7,))
    assert np.array_equal(bleu(lines, reference), whole)
