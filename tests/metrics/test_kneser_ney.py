from collections import Counter, defaultdict
from itertools import islice, product
from math import log2

import numpy as np
import pytest

from tests.metrics.texts import captions
from textgan.errors import InputError
from textgan.metrics.kneser_ney import FALLBACK, NgramModel, _discounts

BEGIN, END = "<", ">"


class Plain:
    """Chen & Goodman 1999, section 4.1.5 and equation 26, with dictionaries; slow and plain."""

    def __init__(self, lines, order, unseen=1):
        self.order = order
        counts = [Counter() for _ in range(order + 1)]
        left = [defaultdict(set) for _ in range(order + 1)]
        for line in lines:
            symbols = (BEGIN, *line, END)
            for n in range(1, order + 1):
                for i in range(len(symbols) - n + 1):
                    gram = symbols[i : i + n]
                    counts[n][gram] += 1
                    if i:
                        left[n][gram].add(symbols[i - 1])
        self.vocabulary = {s for line in lines for s in line} | {END, "<unk>"}
        self.size = len(self.vocabulary) - 1 + unseen
        self.a = [None]
        for n in range(1, order + 1):
            a = dict(counts[n])
            if n < order:
                a = {g: c if g[0] == BEGIN else len(left[n][g]) for g, c in a.items()}
            a.pop((BEGIN,), None)
            self.a.append(a)
        self.d = [None, *(self.discounts(a) for a in self.a[1:])]

    @staticmethod
    def discounts(a):
        n = [sum(c == k for c in a.values()) for k in range(5)]
        if not (n[1] and n[2] and n[3]):
            return FALLBACK
        y = n[1] / (n[1] + 2 * n[2])
        d = tuple(k - (k + 1) * y * n[k + 1] / n[k] for k in (1, 2, 3))
        return d if all(0 < d[k - 1] <= k for k in (1, 2, 3)) else FALLBACK

    def p(self, symbol, history):
        history = tuple(history)[max(0, len(history) - self.order + 1) :]
        return self.at(symbol, history)

    def at(self, symbol, history):
        n = len(history) + 1
        lower = self.at(symbol, history[1:]) if history else 1 / self.size
        here = {g[-1]: c for g, c in self.a[n].items() if g[:-1] == history and c > 0}
        if not here:
            return lower
        discount = {s: self.d[n][min(c, 3) - 1] for s, c in here.items()}
        total = sum(here.values())
        share = (here[symbol] - discount[symbol]) / total if symbol in here else 0.0
        return share + sum(discount.values()) / total * lower

    def log2(self, line):
        symbols = (BEGIN, *line, END)
        known = [s if s in self.vocabulary or s == BEGIN else "<unk>" for s in symbols]
        return sum(log2(self.p(known[i], known[:i])) for i in range(1, len(known)))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
@pytest.mark.parametrize(("level", "split"), [("char", list), ("word", str.split)])
def test_equal_to_the_papers_equations(order, level, split):
    lines = captions(40, 1)
    held = [*captions(8, 2), "Zebras sit on the mät", "q"]  # with symbols that training lacks
    plain = Plain([split(line) for line in lines], order)
    model = NgramModel.train(lines, level, order)
    sums, numbers = model.log2(held)
    for line, total, number in zip(held, sums, numbers, strict=True):
        assert total == pytest.approx(plain.log2(split(line)), abs=1e-9)
        assert number == len(split(line)) + 1
    expected = 2 ** (-sum(plain.log2(split(line)) for line in held) / numbers.sum())
    assert model.perplexity(held) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("known", "unseen"), [(0, 1), (1, 1), (70, 23)])
def test_what_is_unseen_shares_its_probability(known, unseen):
    lines = [" ".join(f"w{i % 47} w{i % 31}" for i in range(k, k + 9)) for k in range(60)]
    plain = Plain([line.split() for line in lines], 3, unseen)
    model = NgramModel.train(lines, "word", 3, vocabulary=known)
    sums, _ = model.log2(["w3 new w4 newer", "newest"])
    assert sums[0] == pytest.approx(plain.log2("w3 new w4 newer".split()), abs=1e-9)
    assert sums[1] == pytest.approx(plain.log2(["newest"]), abs=1e-9)


def test_something_is_always_left_for_what_is_unseen():
    # By equation 26 these counts of counts give D3 = 3 - 4 · 1/2 · 6/4 = 0.
    grams = [chr(0x4E00 + i) * k for i, k in enumerate(np.repeat([1, 2, 3, 4], [26, 13, 4, 6]))]
    model = NgramModel.train(["".join(grams)], "char", 1)
    assert model.distribution("")["\ufffd"] > 0
    assert _discounts(np.repeat([1, 2, 3, 4], [26, 13, 4, 6])) == FALLBACK


def test_too_few_counts_are_discounted_by_half_one_and_one_and_a_half():
    # One symbol k times and one end; a third of what is taken off goes to each of three symbols.
    for k, d in ((1, 0.5), (2, 1.0), (3, 1.5), (5, 1.5)):
        model = NgramModel.train(["a" * k], "char", 1)
        taken = (d + 0.5) / (k + 1)
        assert model.distribution("")["a"] == pytest.approx((k - d) / (k + 1) + taken / 3)
        assert model.distribution("")[""] == pytest.approx(0.5 / (k + 1) + taken / 3)


def test_estimated_discounts_are_used():
    # Otherwise the parity above would hold for the fallback alone.
    plain = Plain(captions(40, 1), 3)
    assert plain.d[2] != FALLBACK


def test_sums_to_one_after_any_context():
    model = NgramModel.train(["abab", "ba", "abcab", "c"], "char", 4)
    for size in range(4):
        for context in product("abcz", repeat=size):
            distribution = model.distribution("".join(context))
            assert len(distribution) == 5
            assert sum(distribution.values()) == pytest.approx(1, abs=1e-12)
            assert min(distribution.values()) > 0


def test_samples_follow_the_model():
    model = NgramModel.train(["ab", "ab", "b", "ac", "aab"], "char", 3)
    lines = model.sample(60_000, seed=1)
    counts = Counter(line[:1] for line in lines)
    after_a = Counter(line[1:2] for line in lines if line[:1] == "a")
    for context, found in (("", counts), ("a", after_a)):
        expected = model.distribution(context)
        unknown = expected.pop("\ufffd")
        for symbol, p in expected.items():
            share = found[symbol] / sum(found.values())
            # The unknown symbol is never drawn; its little share goes to the others.
            assert share == pytest.approx(p, abs=0.01 + unknown)


def test_same_seed_same_lines_whatever_n():
    model = NgramModel.train(captions(50, 3), "word", 3)
    lines = model.sample(1500, seed=7)
    assert model.sample(20, seed=7) == lines[:20]
    assert list(islice(model.stream(7), 1200)) == lines[:1200]
    assert model.sample(20, seed=8) != lines[:20]
    assert max(len(line.split()) for line in lines) <= model.longest
    assert set(" ".join(lines).split()) <= set(" ".join(captions(50, 3)).split())


def test_each_thousand_lines_are_drawn_anew():
    lines = NgramModel.train(captions(50, 3), "word", 3).sample(2000, 7)
    assert lines[:1000] != lines[1000:]


def test_the_longest_line_can_be_written():
    assert NgramModel.train(["abc"], "char", 2).longest == 3
    assert NgramModel.train(["a b c d", "ab"], "word", 2).longest == 4
    model = NgramModel.train(["abcdefgh"], "char", 3)
    assert "abcdefgh" in model.sample(200, 1)


def test_more_context_helps_and_training_text_is_likely():
    lines, held = captions(400, 4), captions(100, 5)
    perplexities = [NgramModel.train(lines, "char", k).perplexity(held) for k in (1, 2, 4)]
    assert perplexities == sorted(perplexities, reverse=True)
    model = NgramModel.train(lines, "char", 4)
    assert model.perplexity(held) < model.perplexity([line[::-1] for line in held])


def test_tokens_score_but_need_no_text():
    def ids(lines):
        return [np.array([ord(c) % 7 for c in line], np.int64) for line in lines]

    model = NgramModel.train(["abc", "abd"], "token", 2, ids)
    assert model.log2(["abc"])[1].tolist() == [4]


@pytest.mark.parametrize(("lines", "order"), [([], 2), (["", ""], 2), (["a"], 0)])
def test_nothing_to_learn_is_an_error(lines, order):
    with pytest.raises(InputError):
        NgramModel.train(lines, "char", order)


def test_one_line_of_one_symbol():
    model = NgramModel.train(["a"], "char", 6)
    assert sum(model.distribution("a").values()) == pytest.approx(1)
    assert set(model.sample(50)) <= {"a", ""}
