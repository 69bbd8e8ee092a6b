"""What samples show beside real text: n-grams, lengths, quality against diversity."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textgan.report.distributions import Frequencies, lengths, top_ngrams
from textgan.report.style import (
    GRID,
    INK,
    OTHER,
    REAL,
    SAMPLES,
    Chart,
    canvas,
    figure_legend,
    percent_axis,
)
from textgan.report.sweep import Point, Sweep
from textgan.report.visible import label, number, share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_BARS = 60
TOLD = 5
LEGIBLE = 0.15


def ngram_chart(
    samples: Sequence[str], real: Sequence[str], order: int, level: str
) -> Chart | None:
    """The most frequent n-grams of real text, and how frequent they are in the samples."""
    found = top_ngrams(samples, real, order, level)
    if not found.names:
        return None
    unit = "word" if level == "word" else "character"
    title = f"Most frequent {unit}s" if order == 1 else f"Most frequent runs of {order} {unit}s"
    figure, axes = canvas(56 + 20 * len(found.names))
    rows = range(len(found.names))
    axes.hlines(rows, found.samples, found.real, color=GRID, linewidth=4)
    # Unclipped: a mark at 0 is whole.
    axes.plot(
        found.real, rows, "D", color=REAL, markerfacecolor="none", label="real text", clip_on=False
    )
    axes.plot(found.samples, rows, "o", color=SAMPLES, label="samples", clip_on=False)
    axes.set_yticks(rows, [label(name, spaces=level == "word") for name in found.names])
    axes.tick_params(axis="y", colors=INK)
    axes.set_ylim(len(found.names) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.grid(True, axis="x")
    axes.grid(False, axis="y")
    axes.locator_params(axis="x", nbins=5)
    percent_axis(axes.xaxis)
    figure_legend(figure, axes, 1)
    how = (
        f"Share of all {'n-grams of that length' if order > 1 else unit + 's'}, in order of real "
        "text that was held out. The closer the two marks, the better."
    )
    told = "; ".join(_told(found, i, level) for i in range(min(TOLD, len(found.names))))
    alternative = f"Dot plot of {len(found.names)} n-grams, samples and real text: {told}."
    return Chart(f"ngrams{order}", title, how, alternative, figure)


def length_chart(samples: Sequence[str], real: Sequence[str], level: str) -> Chart | None:
    """How long the lines are."""
    every, here, there = lengths(samples, real, level)
    if not samples or not real or len(every) < 2:
        return None
    means = [_mean(every, shares) for shares in (here, there)]
    size = -(-len(every) // MOST_BARS)
    edges = [every[i] - 0.5 for i in range(0, len(every), size)] + [every[-1] + 0.5]
    here, there = ([sum(s[i : i + size]) for i in range(0, len(s), size)] for s in (here, there))
    unit = "words" if level == "word" else "characters"
    figure, axes = canvas(240)
    axes.stairs(there, edges, color=REAL, fill=True, alpha=0.14, linewidth=0)
    axes.stairs(there, edges, color=REAL, linestyle=(0, (5, 3)), linewidth=1.4, label="real text")
    axes.stairs(here, edges, color=SAMPLES, linewidth=1.8, label="samples")
    axes.set_ylim(bottom=0)
    axes.set_xlabel(f"{unit} in a line")
    axes.locator_params(axis="x", integer=True)
    percent_axis(axes.yaxis)
    figure_legend(figure, axes)
    how = "Share of lines of each length. The dashed outline is real text that was held out."
    alternative = (
        f"Histogram of line lengths in {unit}. Samples: mean {number(means[0])}, "
        f"most often {_mode(here, edges)}. Real text: mean {number(means[1])}, most often "
        f"{_mode(there, edges)}."
    )
    return Chart("lengths", "Length of lines", how, alternative, figure)


def sweep_chart(found: Sweep) -> Chart | None:
    """Quality against diversity."""
    if not found.of("temperature"):
        return None
    figure, axes = canvas(300)
    marks = (
        ("temperature", SAMPLES, "-", "o", SAMPLES),
        ("truncation", SAMPLES, (0, (2, 1.5)), "s", "none"),
        ("best of", SAMPLES, (0, (1, 1.5)), "D", SAMPLES),
        ("n-gram", OTHER, (0, (6, 2)), "^", OTHER),
    )
    for family, colour, dashes, marker, face in marks:
        if points := found.of(family):
            name = {"n-gram": "n-gram model", "best of": "best of, by the critic"}.get(
                family, family
            )
            axes.plot(
                [p.diversity for p in points], [p.quality for p in points], color=colour,
                linestyle=dashes, linewidth=1.3, marker=marker, markerfacecolor=face, label=name,
            )  # fmt: skip
            if _apart(points, found.points):
                lower, upper = sorted((points[0], points[-1]), key=lambda p: p.quality)
                _name(axes, lower, colour, (7, -13))
                _name(axes, upper, colour, (5, 5))
    for point in found.of("real"):
        axes.plot(
            [point.diversity], [point.quality], "D", color=REAL, markerfacecolor="none",
            markersize=8, label="real text",
        )  # fmt: skip
    axes.set_xlabel(f"diversity: real {found.gram}-grams that the lines have")
    axes.set_ylabel(f"quality: {found.gram}-grams that real text has")
    axes.grid(True, axis="both")
    axes.margins(0.14)
    axes.locator_params(axis="both", nbins=6)
    percent_axis(axes.xaxis)
    percent_axis(axes.yaxis)
    figure_legend(figure, axes)
    how = (
        "Up is better writing, right is more variety; real text is where both meet. Lower "
        "temperature, tighter truncation or the critic's choice of more lines should buy quality "
        "with variety. A model is worth its "
        "training where its points lie above and to the right of the n-gram model's."
    )
    told = "; ".join(
        f"{p.setting}: quality {share(p.quality)}, diversity {share(p.diversity)}"
        for p in found.points
    )
    return Chart(
        "sweep", "Quality against diversity", how, f"Scatter plot with lines. {told}.", figure
    )


def _apart(points: Sequence[Point], every: Sequence[Point]) -> bool:
    """Whether the ends of a line are far enough apart to be named."""
    for axis in ("quality", "diversity"):
        values = [float(getattr(point, axis)) for point in every]
        ends = [float(getattr(point, axis)) for point in (points[0], points[-1])]
        if abs(ends[0] - ends[1]) > LEGIBLE * (max(values) - min(values)):
            return True
    return False


def _name(axes: "Axes", point: Point, colour: str, offset: tuple[int, int]) -> None:
    axes.annotate(
        {"n-gram": "n = "}.get(point.setting.family, "") + f"{point.setting.value:g}",
        (point.diversity, point.quality), offset, textcoords="offset points", color=colour,
    )  # fmt: skip


def _told(found: Frequencies, i: int, level: str) -> str:
    name = label(found.names[i], spaces=level == "word")
    return f"{name} {share(found.samples[i])} and {share(found.real[i])}"


def _mean(values: Sequence[int], shares: Sequence[float]) -> float:
    return sum(value * part for value, part in zip(values, shares, strict=True))


def _mode(shares: Sequence[float], edges: Sequence[float]) -> str:
    i = max(range(len(shares)), key=lambda i: shares[i])
    low, high = round(edges[i] + 0.5), round(edges[i + 1] - 0.5)
    return f"{low}" if low == high else f"{low} to {high}"
