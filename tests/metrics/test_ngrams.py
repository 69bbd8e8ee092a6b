from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.plain import counts
from textgan.errors import InputError
from textgan.metrics import symbols
from textgan.metrics.lookup import Lookup
from textgan.metrics.ngrams import NgramIndex

LINES = st.lists(st.text("ab é漢😀", min_size=1, max_size=9), min_size=1, max_size=8)


@pytest.mark.parametrize(("level", "split"), [("char", list), ("word", str.split)])
@settings(deadline=None, max_examples=60)
@given(LINES, LINES)
def test_counts_are_those_of_a_counter(level, split, index_lines, lines):
    index = NgramIndex.build(index_lines, level, 4)
    found = index.count(lines)
    own = index.count(index_lines)
    for n in range(1, 5):
        here, there = counts(index_lines, n, split), counts(lines, n, split)
        assert index.sizes[n - 1] == len(here)
        assert found.totals[n - 1] == sum(there.values())
        # Ids have no order to rely on: compare the pairs of counts.
        pairs = zip(own.counts[n - 1].tolist(), found.counts[n - 1].tolist(), strict=True)
        assert Counter(pairs) == Counter((here[g], there[g]) for g in here)


def test_counts_do_not_depend_on_the_chunk(monkeypatch):
    lines = ["abcab", "b", "cabbage", "", "bacab"]
    index = NgramIndex.build(lines, "char", 3)
    whole = index.count(lines)
    monkeypatch.setattr(symbols.Alphabet.chunks, "__defaults__", (2,))
    parts = index.count(lines)
    assert whole.totals == parts.totals
    for a, b in zip(whole.counts, parts.counts, strict=True):
        assert np.array_equal(a, b)


def test_groups_sum_to_the_whole():
    lines = ["abcab", "b", "cabbage", "bacab", "abcab"]
    index = NgramIndex.build(lines, "char", 3)
    whole = index.count(lines)
    groups = np.array([0, 2, 1, 0, 2])
    for n, grouped in enumerate(index.count_by_group(lines, groups, 4)):  # the last one is empty
        (counts, total), *parts = grouped.left_out()
        assert np.array_equal(counts, whole.counts[n])
        assert total == whole.totals[n]
        for group, (rest, left) in enumerate(parts):
            others = index.count([x for x, g in zip(lines, groups, strict=True) if g != group])
            assert np.array_equal(rest, others.counts[n])
            assert left == others.totals[n]


def test_a_vocabulary_of_65536_to_the_fourth_does_not_overflow():
    # 65,536 distinct symbols: V^4 = 2^64 would wrap to 0 and make different n-grams equal.
    points = [chr(0x10000 + i) for i in range(65_536)]
    text = "".join(points)
    index = NgramIndex.build([text, text[::-1]], "char", 4)
    assert index.sizes == (65_536, 2 * 65_535, 2 * 65_534, 2 * 65_533)
    found = index.count([text[:10], text[:10], text[9::-1]])
    assert sorted(found.counts[3][found.counts[3] > 0].tolist()) == [1] * 7 + [2] * 7


@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(0, 2**62), max_size=300), st.lists(st.integers(0, 2**62), max_size=300))
def test_lookup_finds_what_is_there_and_nothing_else(keys, others):
    ordered = np.array(sorted(keys), np.int64)
    queries = np.array([*others, *sorted(keys)], np.int64)
    place = {key: i for i, key in enumerate(ordered.tolist())}
    assert Lookup(ordered).find(queries).tolist() == [place.get(q, -1) for q in queries.tolist()]


def test_lookup_survives_collisions():
    keys = np.arange(1, 200_001, dtype=np.int64) << 40
    table = Lookup(keys)
    assert not table.direct
    assert np.array_equal(table.find(keys[::-1]), np.arange(200_000)[::-1])
    assert (table.find(keys + 1) == -1).all()


def test_lookup_keeps_every_key_where_many_meet():
    keys = np.unique(np.random.default_rng(0).integers(0, 2**60, 100_000))
    table = Lookup(keys)
    assert not table.direct
    assert np.array_equal(table.find(keys), np.arange(len(keys)))


def test_tokens_of_any_tokenizer():
    def ids(lines):
        return [np.array([len(word) for word in line.split()], np.int64) for line in lines]

    index = NgramIndex.build(["aa b aa", "ccc"], "token", 2, ids)
    found = index.count(["zz y", "dddd"])
    assert found.totals == (3, 1)
    assert [c.sum() for c in found.counts] == [2, 1]
    with pytest.raises(InputError, match="token_ids"):
        NgramIndex.build(["a"], "token", 2)


def test_cut_keeps_symbols_of_the_level():
    assert symbols.cut_lines(["the  cat sat"], "char", 6) == ["the  c"]
    assert symbols.cut_lines(["the  cat sat"], "word", 2) == ["the cat"]
    assert symbols.cut_lines(["the  cat sat"], "word", None) == ["the  cat sat"]
