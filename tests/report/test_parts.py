import random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgan.report.distributions import lengths, top_ngrams
from textgan.report.gather import Series
from textgan.report.style import styled
from textgan.report.svg import inline
from textgan.report.text_charts import ngram_chart
from textgan.report.training_charts import curve_chart, smoothed, thinned
from textgan.report.visible import decimals, duration, label, number, percent, share, visible
from textgan.report.written import changes, nearest_lines
from textgan.text.splits import spread


@given(st.text())
def test_visible_text_has_no_control_character_and_keeps_its_length(text):
    shown = visible(text)
    assert len(shown) == len(text)
    shown.encode("utf-8")
    assert all(ord(char) >= 32 and char not in "\x7f\u202e\u2028" for char in shown)
    assert all(a == b for a, b in zip(text, shown, strict=True) if a.isprintable())


def test_spaces_and_joiners_stand():
    assert visible("a\u3000b\u00a0c\u200dd") == "a\u3000b\u00a0c\u200dd"
    assert visible("a\tb\nc\udc80") == "a·b·c·"
    assert label("a b") == "a␣b" and label("a b", spaces=True) == "a b"
    assert label("x" * 30) == "x" * 17 + "…"
    assert label("名" * 9) == "名" * 9 and label("名" * 10) == "名" * 8 + "…"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"), (0.0, "0"), (1234567, "1,234,567"), (0.01234, "0.0123"), (-2.5, "−2.5"),
        (999.4, "999"), (999.7, "1,000"), (-999.7, "−1,000"), (1234.5, "1,234"),
    ],
)  # fmt: skip
def test_numbers(value, words):
    assert number(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "–"), (-0.0001, "0.000"), (-0.25, "−0.250"), (12.34, "12.3"), (-1234.5, "−1,234")],
)
def test_figures_of_a_column(value, words):
    assert decimals(value) == words


def test_shares_are_told_in_percent():
    assert percent(0.125) == "12.5" and share(0.125) == "12.5\u00a0%" and share(None) == "–"


def test_durations():
    assert [duration(s) for s in (4.6, 75, 7300)] == ["5 s", "1 min 15 s", "2 h 1 min"]


def test_spread_takes_from_all_over():
    assert spread(range(10), 20) == list(range(10))
    assert spread(range(100), 4) == [0, 25, 50, 75]


def test_top_ngrams_are_counted_by_hand():
    found = top_ngrams(["aab"], ["abab", "b"], 1, "char")
    assert found.names == ["b", "a"]
    assert found.real == [3 / 5, 2 / 5] and found.samples == [1 / 3, 2 / 3]
    assert top_ngrams(["x y"], ["a b a b"], 2, "word").names == ["a b", "b a"]
    assert top_ngrams([], ["a"], 2, "char").names == []


def test_lengths_are_counted_by_hand():
    assert lengths(["aa", ""], ["a"], "char") == ([0, 1, 2], [0.5, 0, 0.5], [0, 1, 0])
    assert lengths(["a b"], ["c"], "word") == ([0, 1, 2], [0, 0, 1], [0, 1, 0])


def test_a_long_record_makes_a_short_series():
    steps = list(range(1, 10_001))
    thin = thinned(Series(steps, [float(s) for s in steps], [1.0] * len(steps)))
    assert len(thin) <= 400 and thin.steps[-1] == 10_000
    assert thin.spread == [1.0] * len(thin)
    assert sum(thin.values) / len(thin) == pytest.approx(5000.5)


def test_smoothing_keeps_a_constant_and_narrows_noise():
    assert smoothed([2.0] * 9, 5) == [2.0] * 9
    random.seed(1)
    noise = [random.gauss(0, 1) for _ in range(500)]
    assert max(map(abs, smoothed(noise, 51))) < max(map(abs, noise)) / 3


def test_changes_are_marked_and_make_up_the_line():
    lines = ["anna", "anne", "anne", ""]
    found = changes(lines)
    assert ["".join(text for text, _ in pieces) for pieces in found] == lines
    assert found[1] == [("ann", False), ("e", True)]
    assert found[2] == [("anne", False)] and found[3] == []


def test_copies_and_nearest_lines():
    found = nearest_lines(["anna", " ", "bert"], ["anna", "bart", "carl"], ["carla"])
    assert found.rows == [("anna", "anna", 0.0), ("bert", "bart", 0.25)]
    assert found.copies == 0.5 and found.real_copies == 0 and found.written == 2
    assert found.real == pytest.approx(0.2) and found.samples == pytest.approx(0.125)
    assert nearest_lines([""], ["a"], []) is None
    assert nearest_lines(["a"], [], []) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("symbols", ["$\\frac", "<&\"'>", "名前です", "\x00\x1b\udc80", "{{x}}"])
def test_any_symbol_can_label_a_chart(symbols):
    with styled():
        chart = ngram_chart(["ab"], [symbols, symbols], 1, "char")
        root = ElementTree.fromstring(inline(chart))
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {label(symbol) for symbol in symbols} <= texts


def test_the_users_own_matplotlib_settings_change_nothing():
    import matplotlib

    def drawn():
        with styled():
            return inline(curve_chart(Series([1, 2], [3.0, 1.0]), "wasserstein", "meaning"))

    plain = drawn()
    with matplotlib.rc_context({"font.size": 30, "axes.grid": False, "lines.linewidth": 9}):
        assert drawn() == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_the_curve_is_told_in_numbers():
    with styled():
        chart = curve_chart(Series([50, 100, 150], [3.0, 0.5, 1.0]), "wasserstein", "It falls.")
    assert "3 at step 50" in chart.alternative and "0.5 at step 100" in chart.alternative
    assert chart.how == "It falls."
