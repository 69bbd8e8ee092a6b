"""How every figure looks: one palette by role, one size, quiet axes."""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

UNITS = 72
"""matplotlib's SVG has 72 units an inch, so that sizes here are in units of the page."""

WIDTH = 400
"""Narrow: the page sets two side by side on a desk and one on a phone, text legible in both."""

PLAIN_DECADES = 2.5
"""Beyond, three ticks a decade would stand on each other."""

INK, MUTED, GRID = "#22262c", "#5b636e", "#e2e0da"
SAMPLES, REAL, OTHER = "#1f5fa8", "#a34a08", "#2b6b48"
ROLES = MappingProxyType(
    {
        INK: "ink",
        MUTED: "muted",
        GRID: "grid",
        SAMPLES: "samples",
        REAL: "real",
        OTHER: "other",
    }
)
"""Colours as PNG shows them, and the style sheet's names for them, light and dark."""

PARAMETERS: Any = {
    "text.usetex": False,
    # Labels hold generated text: a dollar sign in it is a dollar sign.
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "textgan",
    "font.size": 12,
    "axes.titlesize": 12,
    "axes.labelsize": 12,
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "legend.fontsize": 12,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.edgecolor": GRID,
    "axes.titlelocation": "left",
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "figure.facecolor": "white",
}


@dataclass(frozen=True)
class Chart:
    """A figure with what the page and a screen reader say of it.

    Attributes:
        name: of its file, without ending.
        title: a few words.
        how: one or two sentences on how to read it.
        alternative: what it shows, in numbers.
        figure: the drawing.
    """

    name: str
    title: str
    how: str
    alternative: str
    figure: "Figure"


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save figures in the style, whatever the user's own settings of matplotlib are."""
    import matplotlib

    fonts = logging.getLogger("matplotlib.font_manager")
    level = fonts.level
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A symbol that the font lacks is a box in a PNG; in the page the browser finds a font.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        fonts.setLevel(logging.ERROR)
        try:
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(PARAMETERS)
            yield
        finally:
            fonts.setLevel(level)


def canvas(
    height: int, rows: int = 1, columns: int = 1, *, width: int = WIDTH, **options: Any
) -> tuple["Figure", Any]:
    """An empty figure and its axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / UNITS, height / UNITS), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


def step_axis(axes: "Axes", ticks: int = 4) -> None:
    """Steps along the bottom, thousands grouped."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(left=-0.02 * axes.get_xlim()[1])
    axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def plain_log(axes: "Axes") -> None:
    """A logarithmic axis up the side, once all is drawn: ticks are plain numbers where they fit."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if math.log10(high / low) > PLAIN_DECADES:
        powers(axes.yaxis)
        return
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def powers(axis: Any) -> None:
    """Ticks of a logarithmic axis as powers of ten; mathematical text is switched off."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    axis.set_major_locator(LogLocator(numticks=7))
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: "10" + f"{math.log10(value):.0f}".translate(raised))
    )
    axis.set_minor_formatter(NullFormatter())


def percent_axis(axis: Any) -> None:
    """Shares as percentages."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def figure_legend(figure: "Figure", axes: "Axes", length: float = 2.6) -> None:
    """Names of lines above the figure and from its edge: labels beside the axes may be wide."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, ncols=2, loc="outside upper left", handlelength=length)


def legend(axes: "Axes", length: float = 2.6) -> None:
    """Names of lines above one drawing of several, where they hide nothing."""
    axes.legend(
        ncols=2, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0, handlelength=length
    )
