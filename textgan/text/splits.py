"""Which split a line belongs to, by a hash of the line itself.

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


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """Take `most` items from all over, or all where there are fewer.

    A corpus is in its file's order, so its first lines may be unlike the rest.
    """
    return (
        [items[i * len(items) // most] for i in range(most)] if len(items) > most else list(items)
    )
