"""How near the lines are to training lines: copies, nearest line, longest copied run."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from textgan.metrics.intervals import bootstrap_mean, wilson
from textgan.metrics.lookup import Lookup
from textgan.metrics.material import Side
from textgan.metrics.ngrams import distinct, longer
from textgan.metrics.score import Estimate
from textgan.metrics.symbols import Alphabet, Ints

NEAREST_LINES = 200
QUANTILES = (5, 50)
NO_TRAIN = "needs the training text; pass --train"


def copies_scores(side: Side) -> dict[str, Estimate]:
    """``copies``: share of the lines that are a line of the training text, symbol for symbol."""
    if side.material.train is None:
        return {"copies": Estimate(None, why=NO_TRAIN)}
    copied = sum(text in side.material.train_lines for text in side.texts)
    low, high = wilson(copied, len(side.texts))
    protocol = f"train:{len(side.material.train)}"
    return {"copies": Estimate(copied / len(side.texts), low, high, protocol)}


def nearest_scores(side: Side) -> dict[str, Estimate]:
    """``nearest``: mean edit distance to the nearest training line over the longer one's length.

    With ``nearest_p5`` and ``nearest_p50``, the 5 % and 50 % points of its distribution: a model
    that has learned lines by heart has a low 5 % point, far below the real lines' own. At most 200
    lines are taken, at random with the evaluation's seed; the signature says so.
    """
    names = ["nearest", *(f"nearest_p{q}" for q in QUANTILES)]
    if side.material.train is None:
        return {name: Estimate(None, why=NO_TRAIN) for name in names}
    texts = side.material.some(side.texts, NEAREST_LINES, salt=5)
    distances = np.array([distance for distance, _ in nearest(texts, side.material.train)])
    protocol = f"lines:{len(texts)}|train:{len(side.material.train)}"
    random = np.random.default_rng((side.material.seed, 6))
    again = distances[random.integers(len(distances), size=(1000, len(distances)))]
    scores = {}
    for name, value, values in [
        ("nearest", distances.mean(), again.mean(axis=1)),
        *(
            (f"nearest_p{q}", np.percentile(distances, q), np.percentile(again, q, axis=1))
            for q in QUANTILES
        ),
    ]:
        low, high = map(float, np.percentile(values, (2.5, 97.5)))
        low, high = min(low, float(value)), max(high, float(value))
        scores[name] = Estimate(float(value), low, high, protocol)
    if len(texts) < 2:
        return {name: replace(score, low=None, high=None) for name, score in scores.items()}
    return scores


def nearest(texts: Sequence[str], train: Sequence[str]) -> list[tuple[float, str]]:
    """The nearest line of `train` for each text: Levenshtein distance over the longer length.

    Args:
        texts: lines.
        train: training lines, at least one.

    Returns:
        Distance from 0 (equal) to 1 and the line, for each text.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    lines = list(dict.fromkeys(train))
    found = []
    for text in texts:
        line, distance, _ = process.extractOne(text, lines, scorer=Levenshtein.normalized_distance)
        found.append((float(distance), str(line)))
    return found


def copied_run_scores(side: Side) -> dict[str, Estimate]:
    """``copied_run``: mean length of the longest run of a line that stands in a training line."""
    if side.material.train is None:
        return {"copied_run": Estimate(None, why=NO_TRAIN)}
    runs = copied_runs(side.texts, side.material.train, side.material.index.alphabet)
    low, high = bootstrap_mean(runs, side.material.seed)
    protocol = f"train:{len(side.material.train)}|unit:symbols"
    return {"copied_run": Estimate(float(runs.mean()), low, high, protocol)}


def copied_runs(texts: Sequence[str], train: Sequence[str], alphabet: Alphabet) -> Ints:
    """Symbols of the longest run of each line that stands in some training line, (lines,).

    Runs grow by one symbol at a time on both sides at once; what the other side has not is dropped,
    so that little is left after a few steps.
    """
    mine = alphabet.symbols(texts)
    line = mine.line_of(np.arange(len(mine.ids)))
    longest = np.zeros(len(texts), np.int64)
    for theirs in alphabet.chunks(train, 50_000):
        at, there = np.flatnonzero(mine.ids >= 0), np.flatnonzero(theirs.ids >= 0)
        gram, other = mine.ids[at], theirs.ids[there]
        kinds, n = alphabet.size, 1
        while len(at) and len(other):
            shared = np.zeros(kinds, bool)
            shared[other] = True
            at, gram = at[shared[gram]], gram[shared[gram]]
            longest[line[at]] = np.maximum(longest[line[at]], n)
            n += 1
            at, keys = longer(mine, n, at, gram, alphabet.size)
            there, their_keys = longer(theirs, n, there, other, alphabet.size)
            lookup = Lookup(distinct(keys))
            kinds = len(lookup.keys)
            gram, other = lookup.find(keys), lookup.find(their_keys)
            there, other = there[other >= 0], other[other >= 0]
    return longest
