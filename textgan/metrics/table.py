"""Scores as the lines of a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textgan.metrics.evaluate import Evaluation


def table(evaluation: "Evaluation") -> list[str]:
    """The scores as lines: value, error bar, the real lines' value."""
    kept = "whole lines" if evaluation.cut is None else f"lines cut to {evaluation.cut}"
    rows = [("score", "value", "95 % from", "to", "real")]
    rows += [
        (s.name, figure(s.value), figure(s.low), figure(s.high), figure(s.real))
        for s in evaluation.scores
    ]
    why: dict[str, list[str]] = {}
    for score in evaluation.scores:
        if score.why:
            why.setdefault(score.why, []).append(score.name)
    notes = [f"{', '.join(names)}: {reason}" for reason, names in why.items()]
    return [
        f"level      {evaluation.level}, {kept}",
        "",
        *aligned(rows),
        *[""][: len(notes)],
        *notes,
    ]


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines: the first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def figure(value: float | None) -> str:
    """A figure for a table: four decimals, a dash for none."""
    return "–" if value is None else f"{value:.4f}"
