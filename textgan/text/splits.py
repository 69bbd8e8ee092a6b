"""Which split a line belongs to, and whether it was seen: both by one hash of the line itself.

The hash depends on the line's bytes alone, so adding lines to a corpus never moves old ones, and
all copies of a line share a split.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")

SPLITS = ("train", "validation", "test")
PARTS = (80, 90)  # of 100: train below the first, validation below the second
PERSON = b"textgan line"


def line_hashes(lines: list[str]) -> NDArray[np.uint64]:
    """A stable 64-bit hash of each line: (lines,); any two of 10⁷ share one with chance 3·10⁻⁶."""
    digests = [blake2b(line.encode(), digest_size=8, person=PERSON).digest() for line in lines]
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64, copy=False)


def split_numbers(hashes: NDArray[np.uint64]) -> NDArray[np.intp]:
    """The index into `SPLITS` of each hash: (lines,)."""
    return np.searchsorted(PARTS, hashes % np.uint64(100), side="right")


class Seen:
    """The hashes met so far, 8 bytes each: sorted runs of growing size, merged as they even out."""

    def __init__(self) -> None:
        self.runs: list[NDArray[np.uint64]] = []

    def fresh(self, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether each hash is met for the first time, in the order given; then all are."""
        values, first = np.unique(hashes, return_index=True)
        known = np.zeros(len(values), bool)
        for run in self.runs:
            at = np.searchsorted(run, values).clip(max=len(run) - 1)
            known |= run[at] == values
        mask = np.zeros(len(hashes), bool)
        mask[first[~known]] = True
        self._add(values[~known])
        return mask

    def _add(self, run: NDArray[np.uint64]) -> None:
        if not len(run):
            return
        while self.runs and len(self.runs[-1]) <= 2 * len(run):
            run = np.concatenate([self.runs.pop(), run])
            run.sort(kind="stable")  # two sorted runs: a merge
        self.runs.append(run)


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Take `most` items from all over, or all where there are fewer.

    A corpus is in its file's order, so its first lines may be unlike the rest.
    """
    return (
        [items[i * len(items) // most] for i in range(most)] if len(items) > most else list(items)
    )
