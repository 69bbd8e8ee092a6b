from math import log2

import pytest

from tests.metrics.plain import counts, js
from tests.metrics.texts import captions
from textgan.errors import InputError
from textgan.metrics.divergence import Overlap, Reference, divergence_scores, overlaps
from textgan.metrics.material import Material, Side


def side(lines, reference, level="char"):
    return Side(lines, Material(lines, None, reference, None, level))


@pytest.mark.parametrize(("level", "split"), [("char", list), ("word", str.split)])
def test_against_the_plain_formulas(level, split):
    lines, reference = captions(60, 1), captions(90, 2)
    for n in range(1, 7):
        whole = next(overlaps(side(lines, reference, level), n))
        a, b = counts(lines, n, split), counts(reference, n, split)
        p_total, q_total = sum(a.values()), sum(b.values())
        assert whole.js() == pytest.approx(js(a, b), abs=1e-12)
        assert whole.precision() == pytest.approx(sum(a[g] for g in a if g in b) / p_total)
        assert whole.recall() == pytest.approx(sum(b[g] for g in b if g in a) / q_total)
        tv = sum(abs(a[g] / p_total - b[g] / q_total) for g in a.keys() | b.keys()) / 2
        assert whole.total_variation() == pytest.approx(tv, abs=1e-12)


def test_divergence_is_symmetric_whichever_side_is_indexed():
    lines, reference = captions(40, 3), captions(50, 4)
    forth = Reference.of(reference).js(lines)
    back = Reference.of(lines).js(reference)
    assert list(forth) == ["js1", "js2", "js3", "js4", "js5", "js6"]
    for name, value in forth.items():
        assert value == pytest.approx(back[name], abs=1e-12)


def test_golden_values():
    # P = (a ½, b ½), Q = (a 1): JS = ½(½ log 2/3 + ½ log 2) + ½ log 4/3.
    whole = next(overlaps(side(["ab"], ["a"]), 1))
    expected = (0.5 * log2(2 / 3) + 0.5) / 2 + log2(4 / 3) / 2
    assert whole.js() == pytest.approx(expected, abs=1e-12)
    assert whole.total_variation() == 0.5
    assert whole.kl() == float("inf")
    assert whole.reverse_kl() == pytest.approx(1.0)
    assert (whole.precision(), whole.recall()) == (0.5, 1.0)


def test_kl_in_bits_by_hand():
    # P = (a ¾, b ¼), Q = (a ½, b ½).
    whole = next(overlaps(side(["aaab"], ["ab"]), 1))
    assert whole.kl() == pytest.approx(0.75 * log2(1.5) + 0.25 * log2(0.5), abs=1e-12)
    assert whole.reverse_kl() == pytest.approx(0.5 * log2(2 / 3) + 0.5 * log2(2), abs=1e-12)


def test_kl_is_infinite_where_the_other_side_lacks_an_n_gram():
    whole = next(overlaps(side(["a"], ["ab"]), 1))
    assert whole.kl() == pytest.approx(1.0)
    assert whole.reverse_kl() == float("inf")
    score = divergence_scores(side(["a"], ["ab"]), "reverse_kl", Overlap.reverse_kl)["reverse_kl1"]
    assert score.value is None and "infinite" in score.why


@pytest.mark.parametrize("statistic", [Overlap.kl, Overlap.reverse_kl])
def test_the_bar_of_kl_goes_beyond_one(statistic):
    here = side(["a"] * 30 + ["b"] * 10, ["a"] + ["b"] * 63)
    score = divergence_scores(here, "kl", statistic)["kl1"]
    assert 1 < score.value < score.high
    assert score.value - score.low == pytest.approx(score.high - score.value)


def test_same_and_disjoint_texts():
    same = next(overlaps(side(["abc", "abd"], ["abd", "abc"]), 2))
    assert same.js() == pytest.approx(0.0, abs=1e-12)
    assert same.kl() == pytest.approx(0.0, abs=1e-12)
    apart = next(overlaps(side(["abc"], ["xyz"]), 2))
    assert (apart.js(), apart.total_variation()) == (1.0, 1.0)
    assert (apart.precision(), apart.recall()) == (0.0, 0.0)


def test_no_padding_and_no_n_gram_over_a_line_end():
    reference = Reference.of(["ab", "cd"])
    assert reference.counts.totals == (4, 2, 0, 0, 0, 0)
    assert reference.js(["bc"])["js2"] == 1.0
    assert reference.js(["ab"])["js3"] is None


def test_left_out_groups_are_those_of_the_rest():
    lines, reference = captions(45, 5), captions(50, 6)
    here = side(lines, reference)
    parts = list(overlaps(here, 3))[1:]
    for group, part in enumerate(parts):
        rest = [line for line, g in zip(lines, here.groups, strict=True) if g != group]
        assert part.js() == pytest.approx(js(counts(rest, 3), counts(reference, 3)), abs=1e-12)


def test_bounds_hold_where_rounding_would_leave_them():
    texts = captions(500, 7)
    for overlap in overlaps(side(texts, texts), 4):
        assert 0.0 <= overlap.js() <= 1.0
    assert Overlap.js(next(overlaps(side(texts, texts), 6))) < 1e-12


def test_a_reference_takes_lines_alone():
    """Not the name of a file, whose letters would be scored."""
    reference = Reference.of(line for line in ("abc", "abd"))
    assert reference.js(line for line in ("abc", "abd")) == reference.js(["abc", "abd"])
    for wrong in ("names.txt", ["a", None], None):
        with pytest.raises(InputError, match="texts"):
            Reference.of(wrong)
        with pytest.raises(InputError, match="texts"):
            reference.js(wrong)
