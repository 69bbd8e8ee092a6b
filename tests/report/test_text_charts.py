"""The charts of samples beside real text show each side's figures, each on its own axis."""

import numpy as np

from textgan.report.style import styled
from textgan.report.sweep import Point, Setting, Sweep
from textgan.report.text_charts import length_chart, ngram_chart, sweep_chart

REAL, SAMPLES = ["abb", "ab"], ["aab", "a"]


def drawn(chart):
    return {line.get_label(): line for line in chart.figure.axes[0].lines}


def test_marks_of_ngrams_stand_at_their_shares():
    with styled():
        chart = ngram_chart(SAMPLES, REAL, 1, "char")
    (axes,) = chart.figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    np.testing.assert_allclose(drawn(chart)["real text"].get_xdata(), [3 / 5, 2 / 5])
    np.testing.assert_allclose(drawn(chart)["samples"].get_xdata(), [1 / 4, 3 / 4])
    assert axes.xaxis.get_major_formatter()(0.25) == "25 %"


def test_outlines_of_lengths_are_their_own_and_ticks_whole():
    with styled():
        chart = length_chart(SAMPLES, REAL, "char")
        chart.figure.draw_without_rendering()
    (axes,) = chart.figure.axes
    outlines = {patch.get_label(): patch.get_data() for patch in axes.patches}
    np.testing.assert_array_equal(outlines["samples"].values, [0, 0.5, 0, 0.5])
    np.testing.assert_array_equal(outlines["real text"].values, [0, 0, 0.5, 0.5])
    np.testing.assert_array_equal(outlines["samples"].edges, [-0.5, 0.5, 1.5, 2.5, 3.5])
    assert all(tick == round(tick) for tick in axes.get_xticks())
    assert "Samples: mean 2, " in chart.alternative and "Real text: mean 2.5, " in chart.alternative


def point(family, value, quality, diversity):
    return Point(Setting(family, value), 100, quality, diversity, 0.5, 0.9)


POINTS = [
    point("real", 0, 0.8, 0.7),
    point("temperature", 0, 0.6, 0.5),
    point("temperature", 1, 0.3, 0.55),
    point("n-gram", 2, 0.35, 0.4),
    point("n-gram", 4, 0.75, 0.45),
]


def test_quality_stands_up_and_diversity_right():
    with styled():
        chart = sweep_chart(Sweep(POINTS, 4, 100, 200, 300))
    (axes,) = chart.figure.axes
    assert axes.get_xlabel().startswith("diversity") and axes.get_ylabel().startswith("quality")
    for name, family in (
        ("temperature", "temperature"),
        ("n-gram model", "n-gram"),
        ("real text", "real"),
    ):
        points = [p for p in POINTS if p.setting.family == family]
        np.testing.assert_array_equal(drawn(chart)[name].get_xdata(), [p.diversity for p in points])
        np.testing.assert_array_equal(drawn(chart)[name].get_ydata(), [p.quality for p in points])
    for axis in (axes.xaxis, axes.yaxis):
        assert axis.get_major_formatter()(0.5) == "50 %"


def test_the_upper_end_of_a_line_is_named_above_it_and_the_lower_below():
    with styled():
        chart = sweep_chart(Sweep(POINTS, 4, 100, 200, 300))
    above = {text.get_text(): text.xyann[1] > 0 for text in chart.figure.axes[0].texts}
    assert above == {"0": True, "1": False, "n = 2": False, "n = 4": True}


def test_the_legend_is_whole_however_wide_the_labels_are():
    wide = ["名前です名前ですよ" * 3]
    with styled():
        figure = ngram_chart(wide, wide, 1, "word").figure
        figure.draw_without_rendering()
        (legend,) = figure.legends
        box, (label,) = legend.get_window_extent(), figure.axes[0].get_yticklabels()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert label.get_text() == "名前です名前です…"
