"""Which differences between the scores of several texts exceed their error bars."""

from collections.abc import Mapping
from itertools import pairwise

from textgan.metrics.score import Score


def differ(a: Score, b: Score) -> bool:
    """Whether two values are further apart than their error bars together, √(δa² + δb²).

    The arm of each bar that points at the other value counts. Without an error bar nothing is
    claimed.
    """
    if a.value is None or b.value is None:
        return False
    upper, lower = (a, b) if a.value > b.value else (b, a)
    if upper.low is None or lower.high is None:
        return False
    assert upper.value is not None and lower.value is not None
    arms = (upper.value - upper.low) ** 2 + (lower.high - lower.value) ** 2
    return upper.value - lower.value > float(arms**0.5)


def ranking(scores: Mapping[str, Score]) -> str:
    """The texts from the lowest to the highest value of one score, as ``a < b ≈ c``.

    ``<`` where the next value is further away than the error bars, ``≈`` where it is not.
    """
    ordered = sorted(
        (item for item in scores.items() if item[1].value is not None),
        key=lambda item: (item[1].value, item[0]),
    )
    if len(ordered) < 2:
        return ""
    text = ordered[0][0]
    for (_, before), (name, score) in pairwise(ordered):
        text += f" {'<' if differ(before, score) else '≈'} {name}"
    return text


def pairs(scores: Mapping[str, Score]) -> list[tuple[str, str]]:
    """Every pair of texts whose values differ by more than their error bars, lower value first."""
    ordered = sorted(scores, key=lambda name: scores[name].value or 0.0)
    return [
        (a, b)
        for i, a in enumerate(ordered)
        for b in ordered[i + 1 :]
        if differ(scores[a], scores[b])
    ]
