"""What the record of training shows: the objective's curve, slope, penalty, gradients, scores."""

from collections.abc import Iterator
from math import nan
from types import MappingProxyType
from typing import TYPE_CHECKING

from textgan.report.gather import Run, Series
from textgan.report.style import (
    MUTED,
    OTHER,
    REAL,
    SAMPLES,
    Chart,
    canvas,
    figure_legend,
    plain_log,
    step_axis,
)
from textgan.report.visible import label, number, visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from textgan.objectives.objective import Objective
    from textgan.objectives.penalty import Penalty

MOST_POINTS = 400
SMOOTHED_FROM = 60
PANELS = 6


CURVES = MappingProxyType(
    {"wasserstein": "Wasserstein estimate", "jensen_shannon": "Jensen-Shannon estimate"}
)
"""Curves whose names hold names."""


def training_charts(run: Run, objective: "Objective | None") -> Iterator[Chart]:
    """The charts of training that the record has figures for.

    Args:
        run: gathered.
        objective: of the run; none where it is not known.
    """
    curve, meaning, penalty = "wasserstein", "", None
    if objective is not None:
        curve, meaning, penalty = objective.curve, objective.meaning, objective.penalty
    if len(series := run.term(curve)) > 1:
        yield curve_chart(series, curve, meaning)
    if penalty is not None and len(series := run.term("slope")) > 1:
        yield slope_chart(series, penalty)
    if penalty is not None and len(series := run.term("penalty")) > 1:
        yield penalty_chart(series, penalty)
    pair = run.figure("generator_gradient"), run.figure("critic_gradient")
    if all(len(series) > 1 and max(series.values) > 0 for series in pair):
        yield gradient_chart(*pair)


def curve_chart(series: Series, curve: str, meaning: str) -> Chart:
    """The objective's curve over steps."""
    name = CURVES.get(curve, visible(curve.replace("_", " ").capitalize()))
    figure, axes = canvas(220)
    note = _line(axes, series)
    axes.axhline(0, color=MUTED, linewidth=0.8)
    _finish(axes)
    best = min(range(len(series)), key=lambda i: series.values[i])
    alternative = (
        f"Line chart of the {name} over steps. {_ends(series)} Lowest: "
        f"{number(series.values[best])} at step {series.steps[best]:,}."
    )
    return Chart("curve", name, f"{meaning} {note}".strip(), alternative, figure)


def slope_chart(series: Series, penalty: "Penalty") -> Chart:
    """The critic's slope, which the penalty pulls to its target."""
    figure, axes = canvas(220)
    thin = thinned(series)
    low = [value - spread for value, spread in zip(thin.values, thin.spread, strict=True)]
    high = [value + spread for value, spread in zip(thin.values, thin.spread, strict=True)]
    axes.fill_between(thin.steps, low, high, color=SAMPLES, alpha=0.18, linewidth=0)
    axes.plot(thin.steps, thin.values, color=SAMPLES, label="slope")
    dashes = (0, (5, 3))
    axes.axhline(penalty.target, color=REAL, linestyle=dashes, linewidth=1.4, label="target")
    figure_legend(figure, axes)
    _finish(axes)
    where = {
        "mixed": "on the way between real and generated text",
        "ends": "at real and at generated text",
    }[penalty.at]
    target = f"{penalty.target:g}"
    pull = f"The penalty pulls it to the target, {target}."
    if penalty.one_sided:
        pull = f"The penalty pulls it down to the target, {target}, and leaves it free below."
    elif penalty.target == 0:
        pull = (
            "The penalty pulls it to the target, 0, and the loss away from it: where they balance "
            "is no fault."
        )
    how = (
        f"The norm of the critic's gradient {where}. {pull} The band is one standard deviation "
        "over a batch."
    )
    alternative = (
        f"Line chart of the slope over steps, with a band and a dashed line at {target}. "
        f"{_ends(series)} Standard deviation at the end: {number(series.spread[-1])}."
    )
    return Chart("slope", "Slope of the critic", how, alternative, figure)


def penalty_chart(series: Series, penalty: "Penalty") -> Chart:
    """The gradient penalty as it stands in the critic's loss."""
    figure, axes = canvas(220)
    note = _line(axes, series, above_zero=max(series.values) > 0)
    scale = _logarithmic(axes, series.values)
    _finish(axes)
    missed = "How far slopes exceed" if penalty.one_sided else "How far slopes are from"
    both = ", at real and at generated text together" if penalty.at == "ends" else ""
    how = (
        f"{missed} {penalty.target:g}, squared, times the penalty's weight, {penalty.weight:g}"
        f"{both}. Small and steady is good; a rise that stays means that the critic breaks loose."
    )
    how = " ".join(filter(None, (how, scale, note)))
    alternative = f"Line chart of the gradient penalty over steps. {_ends(series)}"
    return Chart("penalty", "Gradient penalty", how, alternative, figure)


def gradient_chart(generator: Series, critic: Series) -> Chart:
    """Gradient norms of both networks."""
    figure, axes = canvas(220)
    rows = (
        ("generator", generator, SAMPLES, "-", "o"),
        ("critic", critic, OTHER, (0, (4, 2)), "^"),
    )
    for name, series, colour, dashes, marker in rows:
        thin = thinned(series)
        axes.plot(
            thin.steps, _above_zero(thin.values), color=colour, linestyle=dashes, linewidth=1.4,
            label=name, marker=marker, markevery=max(1, len(thin) // 8),
        )  # fmt: skip
    scale = _logarithmic(axes, generator.values + critic.values)
    figure_legend(figure, axes)
    _finish(axes)
    how = (
        "The length of each network's gradient at a step. Steady lines are good; a line that "
        f"climbs by powers of ten is training about to fail. {scale}"
    )
    alternative = (
        "Line chart of two gradient norms over steps. "
        f"Generator: {_ends(generator)} Critic: {_ends(critic)}"
    )
    return Chart("gradients", "Gradient norms", how, alternative, figure)


def score_chart(run: Run) -> Chart | None:
    """Scores of the samples over steps, each with real text's line."""
    names = [n for n in run.score_names() if n.startswith("js") and len(run.score(n)) > 1][:PANELS]
    if not names:
        return None
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure, grid = canvas(30 + 116 * rows, rows, columns, squeeze=False)
    told = []
    for axes, name in zip(grid.flat, names, strict=False):
        series, real = run.score(name), run.score(name + "_real")
        thin = thinned(series)
        markers = "o" if len(thin) <= 25 else None
        axes.plot(thin.steps, thin.values, color=SAMPLES, marker=markers, label="samples")
        told.append(f"{name}: {_ends(series)}")
        if len(real):
            axes.axhline(
                real.values[-1], color=REAL, linestyle=(0, (5, 3)), linewidth=1.4, label="real text"
            )
            told[-1] += f" Real text: {number(real.values[-1])}."
        axes.set_ylim(0, 1.08 * max(series.values + real.values + [1e-6]))
        axes.set_title(label(name.upper().replace("JS", "JS-")))
        step_axis(axes, 3)
        axes.locator_params(axis="y", nbins=3)
    for axes in list(grid.flat)[len(names) :]:
        axes.set_axis_off()
    figure_legend(figure, grid.flat[0])
    how = (
        "Jensen-Shannon divergence between the n-grams of samples and of real text that was held "
        "out, from 0 (same) to 1 (nothing in common); the number is the n. The dashed line is "
        "other real text that was held out: lower than it is not to be had by learning."
    )
    alternative = "Small line charts of scores over steps. " + " ".join(told)
    return Chart("scores", "N-gram divergence over steps", how, alternative, figure)


def thinned(series: Series, most: int = MOST_POINTS) -> Series:
    """The series with neighbours put together, so that no page grows with the length of a run."""
    size = -(-len(series) // most)
    if size <= 1:
        return series
    starts = range(0, len(series), size)

    def means(values: list[float]) -> list[float]:
        chunks = [values[i : i + size] for i in starts]
        return [sum(chunk) / len(chunk) for chunk in chunks if chunk]

    steps = [series.steps[min(i + size, len(series)) - 1] for i in starts]
    return Series(steps, means(series.values), means(series.spread))


def smoothed(values: list[float], width: int) -> list[float]:
    """Centred means over `width` neighbours, fewer at the ends."""
    half = width // 2
    windows = (values[max(0, i - half) : i + half + 1] for i in range(len(values)))
    return [sum(window) / len(window) for window in windows]


def _line(axes: "Axes", series: Series, above_zero: bool = False) -> str:
    """The series as a line; a long one pale, with its mean over neighbours upon it."""
    thin = thinned(series)
    shown = _above_zero if above_zero else list
    if len(thin) < SMOOTHED_FROM:
        # A point between two gaps is no line: only its mark shows it.
        marker = "." if above_zero and min(thin.values) <= 0 else None
        axes.plot(thin.steps, shown(thin.values), color=SAMPLES, marker=marker)
        return ""
    width = len(thin) // 15 | 1
    axes.plot(thin.steps, shown(thin.values), color=SAMPLES, alpha=0.35, linewidth=1)
    axes.plot(thin.steps, shown(smoothed(thin.values, width)), color=SAMPLES)
    return "The strong line is a running mean."


def _above_zero(values: list[float]) -> list[float]:
    """The values, with gaps for those that a logarithmic scale has no place for."""
    return [value if value > 0 else nan for value in values]


def _logarithmic(axes: "Axes", values: list[float]) -> str:
    """Make the scale of what is drawn logarithmic, if that can be, and say so."""
    if max(values) <= 0:
        return ""
    plain_log(axes)
    return f"The scale is logarithmic{'; what is 0 is left out' if min(values) <= 0 else ''}."


def _finish(axes: "Axes") -> None:
    step_axis(axes)
    axes.set_xlabel("step")


def _ends(series: Series) -> str:
    return (
        f"{number(series.values[0])} at step {series.steps[0]:,}, "
        f"{number(series.values[-1])} at step {series.steps[-1]:,}."
    )
