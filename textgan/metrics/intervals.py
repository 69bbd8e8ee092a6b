"""Error bars of 95 % that fit the statistic.

A mean over sentences gets the bootstrap over sentences with the references fixed. A figure of a
whole set of lines (n-gram divergence, distinct n-grams, unique lines) gets the delete-a-group
jackknife: a bootstrap draws some lines twice, which moves such a figure by more than its error.
A share of lines gets Wilson's interval.
"""

from collections.abc import Callable, Sequence

import numpy as np

from textgan.metrics.symbols import Ints

GROUPS = 20
STUDENT = 2.093  # 97.5 % of Student's t with GROUPS - 1 degrees of freedom
NORMAL = 1.960  # 97.5 % of the normal distribution
DRAWS = 20_000_000  # the bootstrap draws about so many sentences in all


def line_groups(lines: int, seed: int) -> Ints:
    """A random group below `GROUPS` for each of `lines` lines, the groups of equal size."""
    groups: Ints = np.random.default_rng((seed, 1)).permutation(np.arange(lines) % GROUPS)
    return groups


def jackknife(
    value: float, left_out: Sequence[float | None], bounds: tuple[float, float] | None = None
) -> tuple[float | None, float | None]:
    """The error bar of a figure from its values with one group of lines left out at a time.

    Var = (G - 1) / G · Σ (θ₋g - mean θ₋)², Shao & Wu 1989. It measures how the figure varies from
    one set of so many samples to the next; reference and bias at this n are as they are.

    Args:
        value: the figure of all lines.
        left_out: (G,) the figures without group 1, 2 … G.
        bounds: the range of the figure, where it has one; the error bar stays in it.

    Returns:
        Low and high, or twice None where a figure is not defined without some group.
    """
    if len(left_out) < GROUPS or any(x is None for x in left_out):
        return None, None
    parts = np.array(left_out, np.float64)
    if not np.isfinite(parts).all():
        return None, None
    spread = np.sqrt((GROUPS - 1) / GROUPS * np.square(parts - parts.mean()).sum())
    low, high = value - STUDENT * spread, value + STUDENT * spread
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return float(low), float(high)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The error bar of a share, Wilson 1927; not of width zero where the share is 0 or 1."""
    share, z2 = hits / trials, NORMAL**2
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    variance = share * (1 - share) / trials + z2 / (4 * trials**2)
    half = NORMAL * variance**0.5 / (1 + z2 / trials)
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def bootstrap_mean(values: Ints, seed: int) -> tuple[float, float] | tuple[None, None]:
    """The bootstrap's error bar of the mean of one value a sentence, (lines,)."""
    bars = bootstrap(values[:, None], lambda sums: sums / len(values), seed)
    return (float(bars[0][0]), float(bars[1][0])) if bars else (None, None)


def bootstrap(
    sentences: Ints, statistic: Callable[[Ints], Ints], seed: int
) -> tuple[Ints, Ints] | None:
    """The error bars of figures made from sums over sentences, by drawing sentences again.

    Args:
        sentences: (lines, sums) what each sentence adds to each sum.
        statistic: from sums of n drawn sentences, (replicates, sums), to figures
            (replicates, figures).
        seed: of the draws.

    Returns:
        Low and high, (figures,) each: the 2.5 % and 97.5 % points. None for a single line.
    """
    lines = len(sentences)
    if lines < 2:
        return None
    replicates = min(1000, max(100, DRAWS // lines))
    random = np.random.default_rng((seed, 2))
    sums = np.empty((replicates, sentences.shape[1]))
    for i in range(replicates):
        weights = np.bincount(random.integers(lines, size=lines), minlength=lines)
        sums[i] = weights @ sentences
    low, high = np.percentile(statistic(sums), (2.5, 97.5), axis=0)
    return low, high
