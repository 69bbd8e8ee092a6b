"""How near the lines are to training lines: copies, nearest line, longest copied run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from textgan.chunks import in_chunks
from textgan.metrics.intervals import bootstrap_mean, wilson
from textgan.metrics.lookup import Lookup
from textgan.metrics.material import Side
from textgan.metrics.ngrams import distinct
from textgan.metrics.score import Estimate
from textgan.metrics.symbols import Alphabet, Ints

NEAREST_LINES = 200
QUANTILES = (5, 50)
PIECE_LINES, PIECE_CHARACTERS = 50_000, 1 << 22
"""What is compared at once; a single line may be longer."""
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
    """Symbols of the longest run of each line that stands in some training line, (lines,)."""
    longest = np.zeros(len(texts), np.int64)
    for some in in_chunks(train, PIECE_LINES, PIECE_CHARACTERS, len):
        theirs = alphabet.symbols(some).ids
        done = 0
        for lines in in_chunks(texts, PIECE_LINES, PIECE_CHARACTERS, len):
            mine = alphabet.symbols(lines)
            line = mine.line_of(np.arange(len(mine.ids)))
            here = longest[done : done + len(lines)]
            np.maximum(here, _runs(mine.ids, line, theirs, len(lines), alphabet.size), out=here)
            done += len(lines)
    return longest


def _runs(mine: Ints, line: Ints, theirs: Ints, lines: int, kinds: int) -> Ints:
    """The longest run of each of some lines that stands in `theirs`.

    Where a run stands, so do all shorter ones. So the length n is doubled as long as any line has a
    run of it, and then halved in between, apart for the lines that have a longer one and those that
    have not. A run of between n and 2n symbols is known by the two of n that it begins and ends
    with.
    """
    longest = np.zeros(lines, np.int64)
    grams = Grams(mine, theirs, kinds)
    at, there = np.flatnonzero(mine >= 0), np.flatnonzero(theirs >= 0)
    levels: list[tuple[int, Grams, Ints, Ints]] = []
    step, n = 0, 1
    while True:
        at, there, ids, others, kinds = grams.shared(at, there, step)
        if not len(at):
            break
        longest[line[at]] = n
        grams = Grams(_placed(len(mine), at, ids), _placed(len(theirs), there, others), kinds)
        levels.append((n, grams, at, there))
        step, n = n, 2 * n
    for n, grams, at, there in levels:
        waiting = [(n, 2 * n, at[longest[line[at]] == n], there)]
        while waiting:
            low, high, at, there = waiting.pop()
            if high - low < 2 or not len(at):
                continue
            middle = (low + high) // 2
            more, those, *_ = grams.shared(at, there, middle - n)
            longest[line[more]] = middle
            waiting.append((middle, high, more, those))
            rest = at[longest[line[at]] < middle]
            if middle - low > 1 and len(rest):  # of theirs, only what these lines need
                waiting.append((low, middle, *grams.shared(rest, there, low - n)[:2]))
    return longest


@dataclass(frozen=True)
class Grams:
    """The n-gram that begins at each symbol of two texts, by an id below `kinds`.

    An id is -1 where the other text has not the n-gram, and where it would leave its line.
    """

    mine: Ints
    theirs: Ints
    kinds: int

    def shared(self, at: Ints, there: Ints, step: int) -> tuple[Ints, Ints, Ints, Ints, int]:
        """Where the (n + `step`)-grams at positions `at` and `there` stand on both sides.

        Returns:
            Those of `at` and of `there`, the ids of the longer n-grams at each, and how many ids
            there are.
        """
        at, keys = self._keys(self.mine, at, step)
        there, their_keys = self._keys(self.theirs, there, step)
        lookup = Lookup(distinct(keys))
        others = lookup.find(their_keys)
        there, others = there[others >= 0], others[others >= 0]
        held = np.zeros(len(lookup.keys), bool)
        held[others] = True
        ids = lookup.find(keys)
        kept = held[ids]
        return at[kept], there, ids[kept], others, len(held)

    def _keys(self, grams: Ints, at: Ints, step: int) -> tuple[Ints, Ints]:
        last = grams[at + step]
        inside = last >= 0
        at = at[inside]
        return at, grams[at].astype(np.int64) * self.kinds + last[inside]


def _placed(length: int, at: Ints, ids: Ints) -> Ints:
    everywhere = np.full(length, -1, np.int32)
    everywhere[at] = ids
    return everywhere
