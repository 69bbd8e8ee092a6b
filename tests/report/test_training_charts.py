"""The charts of training show the figures of the record, each by its own line."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.report import known
from textgan.objectives import build_objective
from textgan.report.gather import Series
from textgan.report.style import styled
from textgan.report.training_charts import (
    MOST_POINTS,
    gradient_chart,
    penalty_chart,
    score_chart,
    training_charts,
)
from textgan.training.settings import ObjectiveSettings

OBJECTIVE = build_objective(ObjectiveSettings("wgan-gp"))
NAN = float("nan")


@pytest.fixture
def charts():
    with styled():
        yield {chart.name: chart for chart in training_charts(known.run(), OBJECTIVE)}


def drawn(chart, panel=0):
    """Each line of a chart by its name, those that have one."""
    axes = chart.figure.axes[panel]
    return {line.get_label(): line for line in axes.lines if line.get_label()[0] != "_"}


def assert_line(line, steps, values):
    np.testing.assert_array_equal(line.get_xdata(), steps)
    np.testing.assert_array_equal(line.get_ydata(), values)


def test_curve_and_penalty_are_the_record_s(charts):
    assert_line(charts["curve"].figure.axes[0].lines[0], known.STEPS, known.CURVE)
    assert_line(charts["penalty"].figure.axes[0].lines[0], known.STEPS, known.PENALTY)
    assert "Lowest: −0.5 at step 20." in charts["curve"].alternative


def test_the_slope_stands_in_a_band_of_one_deviation(charts):
    lines = drawn(charts["slope"])
    assert_line(lines["slope"], known.STEPS, known.SLOPE)
    assert set(lines["target"].get_ydata()) == {1.0}
    (band,) = charts["slope"].figure.axes[0].collections
    corners = {tuple(corner) for path in band.get_paths() for corner in path.vertices}
    for step, value, spread in zip(known.STEPS, known.SLOPE, known.SPREAD, strict=True):
        assert {y for x, y in corners if x == step} == {value - spread, value + spread}


def test_each_network_has_its_own_gradient_on_a_logarithmic_scale(charts):
    lines = drawn(charts["gradients"])
    assert_line(lines["generator"], known.STEPS, known.GENERATOR)
    assert_line(lines["critic"], known.STEPS, known.CRITIC)
    assert charts["gradients"].figure.axes[0].get_yscale() == "log"


def test_scores_stand_beside_real_text():
    with styled():
        lines = drawn(score_chart(known.run()))
    assert_line(lines["samples"], [0, 40], [0.9, 0.4])
    assert set(lines["real text"].get_ydata()) == {0.2}


def test_scores_of_a_long_run_are_thinned():
    scores = [{"step": i, "scores": {"js4": 0.5}} for i in range(3 * MOST_POINTS)]
    with styled():
        line = drawn(score_chart(known.run(record=scores)))["samples"]
    assert len(line.get_xdata()) == MOST_POINTS and line.get_xdata()[-1] == scores[-1]["step"]


def test_a_zero_is_a_gap_of_a_logarithmic_scale_and_told():
    some = Series([1, 2, 3], [0.0, 0.5, 2.0], [0.1] * 3)
    all_above, none_above = replace(some, values=[1.0, 2.0, 3.0]), replace(some, values=[0.0] * 3)
    with styled():
        gradients = gradient_chart(some, all_above)
        penalties = [
            penalty_chart(series, OBJECTIVE.penalty) for series in (some, all_above, none_above)
        ]
    assert_line(drawn(gradients)["generator"], [1, 2, 3], [NAN, 0.5, 2.0])
    assert_line(penalties[0].figure.axes[0].lines[0], [1, 2, 3], [NAN, 0.5, 2.0])
    assert penalties[0].figure.axes[0].lines[0].get_marker() == "."
    assert_line(penalties[2].figure.axes[0].lines[0], [1, 2, 3], [0.0] * 3)
    words = ("logarithmic", "0 is left out")
    told = [
        (chart.figure.axes[0].get_yscale(), *(word in chart.how for word in words))
        for chart in (gradients, *penalties)
    ]
    assert told == [
        ("log", True, True), ("log", True, True), ("log", True, False), ("linear", False, False),
    ]  # fmt: skip


def test_a_long_penalty_has_gaps_in_both_its_lines():
    steps = list(range(200))
    values = [float(step >= 100) for step in steps]
    with styled():
        chart = penalty_chart(Series(steps, values, values), OBJECTIVE.penalty)
    for line in chart.figure.axes[0].lines:
        assert np.isnan(line.get_ydata()[:80]).all() and (line.get_ydata()[120:] == 1).all()
    assert chart.how.endswith("The strong line is a running mean.")


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.11, 0.19), (2.1, 4.9), (0.01, 2), (0.01, 8), (1e-5, 1), (1e-6, 1e3), (1e-12, 1)],
)
def test_a_logarithmic_scale_has_ticks_that_can_be_read(low, high):
    values = [float(value) for value in np.geomspace(low, high, 20)]
    series = Series(list(range(20)), values)
    with styled():
        figure = gradient_chart(series, series).figure
        figure.draw_without_rendering()
        (axes,) = figure.axes
        bottom, top = axes.get_ylim()
        labels = [t for t in axes.get_yticklabels() if bottom <= t.get_position()[1] <= top]
        boxes = sorted((box.y0, box.y1) for box in (t.get_window_extent() for t in labels))
    assert 3 <= len(boxes) <= 10
    assert all(a[1] <= b[0] + 1 for a, b in pairwise(boxes))
