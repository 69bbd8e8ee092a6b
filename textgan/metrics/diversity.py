"""How many different things the lines hold, and how many of them training did not."""

import numpy as np

from textgan.metrics.intervals import GROUPS, jackknife, wilson
from textgan.metrics.material import Side
from textgan.metrics.score import Estimate

ORDERS = 3
ONE_LINE = "a single line has no others to be different from"


def distinct_scores(side: Side) -> dict[str, Estimate]:
    """``distinct1`` … ``distinct3``: distinct n-grams over all n-grams of the lines together.

    The figure falls with the number of lines: compare it at equal counts only.
    """
    scores = {}
    for order in range(1, ORDERS + 1):
        name = f"distinct{order}"
        counted = ((np.count_nonzero(counts), total) for counts, total in side.left_out(order))
        whole, *parts = counted
        if len(side.texts) < 2 or not whole[1]:
            why = f"no line has {order} symbols" if len(side.texts) > 1 else ONE_LINE
            scores[name] = Estimate(None, why=why)
            continue
        value = whole[0] / whole[1]
        shares = [kinds / total if total else None for kinds, total in parts]
        scores[name] = Estimate(float(value), *jackknife(value, shares, (0.0, 1.0)))
    return scores


def unique_scores(side: Side) -> dict[str, Estimate]:
    """``unique``: distinct lines over lines."""
    if len(side.texts) < 2:
        return {"unique": Estimate(None, why=ONE_LINE)}
    _, line = np.unique(np.array(side.texts, dtype=object), return_inverse=True)
    lines = int(line.max()) + 1
    table = np.bincount(side.groups * lines + line, minlength=GROUPS * lines).reshape(GROUPS, lines)
    counts = table.sum(axis=0)
    value = lines / len(side.texts)
    left_out = [
        np.count_nonzero(counts - table[g]) / size if size else None
        for g, size in enumerate(side.lines_left_out[1:])
    ]
    # Without a single double the jackknife would claim certainty; a share's interval does not.
    low, high = wilson(lines, len(side.texts))
    below, above = jackknife(value, left_out, (0.0, 1.0))
    if below is not None and above is not None:
        low, high = min(low, below), max(high, above)
    return {"unique": Estimate(value, low, high)}


def novel_scores(side: Side) -> dict[str, Estimate]:
    """``novel``: share of the lines that are no line of the training text."""
    if side.material.train is None:
        return {"novel": Estimate(None, why="needs the training text; pass --train")}
    protocol = f"train:{len(side.material.train)}"
    known = side.material.train_lines
    new = sum(text not in known for text in side.texts)
    low, high = wilson(new, len(side.texts))
    return {"novel": Estimate(new / len(side.texts), low, high, protocol)}
