import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from tests.metrics.sides import side
from tests.metrics.texts import captions
from textgan.metrics import symbols
from textgan.metrics.bleu import bleu_scores, corpus_bleu_scores, self_bleu_scores
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
    ours = corpus_bleu_scores(side(lines, references, "word"))["corpus_bleu"]
    metric = sacrebleu.BLEU(tokenize="none")
    streams = [[reference] * len(lines) for reference in references]
    assert ours.value == pytest.approx(metric.corpus_score(lines, streams).score, abs=1e-9)
    theirs = str(metric.get_signature()).rsplit("|version:", 1)
    assert f"|{theirs[0]}|sacrebleu:{theirs[1]}" in ours.protocol
    assert ours.low < ours.value < ours.high


def test_corpus_bleu_without_a_shared_4_gram_is_sacrebleus():
    lines, references = ["a b c x d", "d e f g"], ["a b c d e f", "d e g f"]
    ours = corpus_bleu_scores(side(lines, references, "word"))["corpus_bleu"]
    streams = [[reference] * len(lines) for reference in references]
    theirs = sacrebleu.BLEU(tokenize="none").corpus_score(lines, streams)
    assert theirs.counts[3] == 0
    assert ours.value == pytest.approx(theirs.score, abs=1e-9)
    assert ours.value > 0


def test_corpus_bleu_of_characters_is_sacrebleus_of_them_apart():
    lines, references = ["abcabd", "bcdda"], ["abcadd", "bddab", "cdab"]
    ours = corpus_bleu_scores(side(lines, references))["corpus_bleu"]
    streams = [[" ".join(reference)] * len(lines) for reference in references]
    theirs = sacrebleu.BLEU(tokenize="none").corpus_score([" ".join(x) for x in lines], streams)
    assert ours.value == pytest.approx(theirs.score, abs=1e-9)
    assert "|tok:chars|" in ours.protocol


def test_a_single_line_has_no_self_bleu():
    found = self_bleu_scores(side(["a b"], ["a b"], "word"))
    assert all(e.value is None and "others" in e.why for e in found.values())


def test_the_bar_of_self_bleu_ends_at_one():
    lines = ["a b c d e f"] * 40 + ["u v w x y z"]
    for score in self_bleu_scores(side(lines, ["a"], "word")).values():
        assert score.low < score.value < score.high == 1


@pytest.mark.parametrize("score", [bleu_scores, corpus_bleu_scores])
def test_another_seed_draws_other_sentences(score):
    lines, references = captions(30, 1), captions(25, 11)
    one, other = (score(side(lines, references, "word", seed=seed)) for seed in (1, 2))
    for name in one:
        assert one[name].value == other[name].value
        assert (one[name].low, one[name].high) != (other[name].low, other[name].high)


def test_statistics_do_not_depend_on_the_chunk(monkeypatch):
    lines, reference = captions(30, 1), captions(30, 2)
    whole = bleu(lines, reference)
    monkeypatch.setattr(symbols.Alphabet.chunks, "__defaults__", (7,))
    assert np.array_equal(bleu(lines, reference), whole)
