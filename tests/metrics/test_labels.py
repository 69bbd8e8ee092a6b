"""Lines that are recognised as of their label: the definition, worked out and computed plainly."""

import random
from itertools import permutations

import pytest
from scipy.stats import binomtest

from tests.metrics.test_kneser_ney import Plain
from tests.metrics.texts import captions
from textgan.errors import InputError
from textgan.metrics import labels
from textgan.metrics.labels import Recognised, recognised
from textgan.metrics.material import pick

SPLITS = {"char": list, "word": str.split}


def by_name(found):
    return {each.label: each for each in found}


def test_a_worked_example():
    train = {"fish": ["aab", "aba", "baa"], "bird": ["ccd", "cdc", "dcc", "cd"]}
    samples = {"fish": ["aab", "ab", "bb", "dc"], "bird": ["cd", "aa"]}
    real = {"fish": ["bab"], "bird": ["d", "ddc", "b"]}
    fish, bird = recognised(samples, real, train, "char")
    assert (fish.label, fish.train, fish.n, fish.real_n) == ("fish", 3, 4, 1)
    assert (bird.label, bird.train, bird.n, bird.real_n) == ("bird", 4, 2, 3)
    assert (fish.value, fish.real) == (3 / 4, 1)
    assert (bird.value, bird.real) == (1 / 2, pytest.approx(2 / 3))


def test_a_rare_label_is_recognised_by_what_it_alone_has():
    train = {"rare": ["xaay", "xaby"], "usual": ["abaay", "bbaxy", "yabba", "aabxb"] * 50}
    found = by_name(recognised({"rare": ["xaay"] * 3, "usual": []}, train, train, "char"))
    assert found["rare"].value == found["rare"].real == 1
    assert (found["rare"].train, found["usual"].train) == (2, 200)


def words(seed, kind, number):
    """Lines of overlapping kinds, so that not all are told apart."""
    draw = random.Random(seed)
    letters = {"x": "aaabbc d", "y": "aabbbc d", "z": "abcccd e"}[kind]
    return ["".join(draw.choices(letters, k=draw.randrange(1, 9))).strip() or "a"
            for _ in range(number)]  # fmt: skip


TRAIN = {"x": words(1, "x", 60), "y": words(2, "y", 25), "z": words(3, "z", 40)}
SAMPLES = {kind: words(4 + n, kind, 50) for n, kind in enumerate("xyz")}
REAL = {kind: words(7 + n, kind, 30) for n, kind in enumerate("xyz")}


@pytest.mark.parametrize("level", SPLITS)
def test_equal_to_a_plain_computation(level):
    split, order = SPLITS[level], labels.MODEL_ORDERS[level]
    known = {symbol for lines in TRAIN.values() for line in lines for symbol in split(line)}
    models = {}
    for kind, lines in TRAIN.items():
        own = {symbol for line in lines for symbol in split(line)}
        models[kind] = Plain([split(line) for line in lines], order, max(1, len(known - own)))

    def share(kind, lines):
        hits = 0
        for line in lines:
            bits = {name: model.log2(split(line)) for name, model in models.items()}
            hits += bits[kind] >= max(bits.values()) - 1e-9
        return hits / len(lines)

    found = recognised(SAMPLES, REAL, TRAIN, level)
    assert [each.value for each in found] == [share(kind, SAMPLES[kind]) for kind in TRAIN]
    assert [each.real for each in found] == [share(kind, REAL[kind]) for kind in TRAIN]
    assert all(0 < each.value < 1 for each in found)


@pytest.mark.parametrize("order", permutations("xyz"))
def test_neither_the_order_of_labels_nor_that_of_lines_counts(order):
    def turned(lines_of):
        return {kind: lines_of[kind][::-1] for kind in order}

    found = recognised(turned(SAMPLES), turned(REAL), turned(TRAIN), "char")
    assert [each.label for each in found] == list(order)
    assert by_name(found) == by_name(recognised(SAMPLES, REAL, TRAIN, "char"))


@pytest.mark.parametrize("order", ["xyw", "wyx"])
def test_labels_of_the_same_lines_are_both_recognised(order):
    """Nor does it count which of two equal labels comes first."""
    same = {"x": TRAIN["x"], "y": TRAIN["z"], "w": TRAIN["x"]}
    train = {kind: same[kind] for kind in order}
    found = by_name(recognised(train, train, train, "char"))
    assert found["x"].value == found["w"].value > 0.9
    assert found["x"].real == found["w"].real


@pytest.mark.parametrize("level", SPLITS)
def test_real_lines_are_recognised(level):
    train = {"plain": captions(300, 1), "turned": [line[::-1] for line in captions(300, 2)]}
    held = {"plain": captions(80, 3), "turned": [line[::-1] for line in captions(80, 4)]}
    swapped = {"plain": held["turned"], "turned": held["plain"]}
    for each in recognised(swapped, held, train, level):
        assert each.real > 0.95 > 0.05 > each.value


def test_error_bars_are_wilson_s():
    for each in recognised(SAMPLES, REAL, TRAIN, "char"):
        interval = binomtest(round(each.value * each.n), each.n).proportion_ci(method="wilson")
        assert (each.low, each.high) == pytest.approx((interval.low, interval.high), abs=1e-4)
        assert each.low < each.value < each.high


def test_a_label_without_samples_or_real_lines_has_no_share():
    samples, real = {**SAMPLES, "y": []}, {**REAL, "z": []}
    x, y, z = recognised(samples, real, TRAIN, "char")
    whole = by_name(recognised(SAMPLES, REAL, TRAIN, "char"))
    assert x == whole["x"]
    assert y == Recognised("y", 25, 0, None, None, None, 30, whole["y"].real)
    assert (z.real_n, z.real, z.value) == (0, None, whole["z"].value)


def test_models_of_many_lines_see_as_many_of_each_label(monkeypatch):
    monkeypatch.setattr(labels, "MODEL_LINES", 92)
    some = {kind: pick(lines, 30, 5) for kind, lines in TRAIN.items()}
    found = recognised(SAMPLES, REAL, TRAIN, "char", seed=5)
    assert [each.train for each in found] == [60, 25, 40]
    of_some = recognised(SAMPLES, REAL, some, "char")
    assert [(e.value, e.real) for e in found] == [(e.value, e.real) for e in of_some]
    whole = recognised(SAMPLES, REAL, TRAIN, "char", seed=6)
    assert [e.value for e in whole] != [e.value for e in found]


def test_a_label_without_training_lines_is_an_error():
    with pytest.raises(InputError):
        recognised(SAMPLES, REAL, {**TRAIN, "y": []}, "char")


def test_a_symbol_that_no_label_has_counts_for_none():
    train = {"x": ["ab", "ba"], "y": ["cd", "dc"]}
    samples = {"x": ["ab?"], "y": ["cd?"]}
    assert [each.value for each in recognised(samples, samples, train, "char")] == [1, 1]
