"""Which lines repeat an earlier one: told once all have been seen, in memory that does not grow.

The hashes of up to `HELD` lines are held. Beyond, they go to the disk with the numbers of their
lines, to one file for each value of their first byte. Copies of a line share a hash and so a file,
and a file is small enough to be sorted in memory: 60 MB for each 10⁹ lines. What is found is a bit
a line.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textgan.text.labels import some_of
from textgan.text.reading import Chunk

HELD = 1 << 20
RECORD = np.dtype([("hash", "<u8"), ("number", "<i8")])


class Repeats:
    """Told the hashes of all lines in order, finds the lines that are not the first of their kind.

    Args:
        stem: of the names of the files on disk, where it comes to any; they end in ``.part``.
        held: how many hashes are held in memory.
    """

    def __init__(self, stem: Path, held: int = HELD) -> None:
        self.stem, self.held = stem, held
        self.waiting: list[NDArray[np.uint64]] = []
        self.spilled = self.lines = 0
        self.bits = np.empty(0, np.uint8)

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Take up the hashes of the next lines: (lines,)."""
        self.waiting.append(hashes)
        self.lines += len(hashes)
        if self.lines - self.spilled > self.held:
            self._spill()

    def settle(self, done: Callable[[int], None]) -> int:
        """Find the repeats among all lines, and return how many there are.

        Args:
            done: told the number of lines after each file.
        """
        self.bits = np.zeros(-(-self.lines // 8), np.uint8)
        if not self.spilled:
            hashes = self._held()
            found = self._mark(hashes, np.arange(len(hashes)))
            done(len(hashes))
            return found
        self._spill()
        found = 0
        for path in sorted(self.stem.parent.glob(f"{self.stem.name}-*.part")):
            records = np.fromfile(path, RECORD)
            path.unlink()
            found += self._mark(records["hash"], records["number"])
            done(len(records))
        return found

    def without(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """All lines but the repeats, from all lines in their order; after `settle`."""
        start = 0
        for chunk in chunks:
            stop = start + len(chunk)
            bits = np.unpackbits(self.bits[start // 8 : -(-stop // 8)], bitorder="little")
            repeated = bits[start % 8 :][: len(chunk)]
            start = stop
            if kept := some_of(chunk, repeated == 0) if repeated.any() else chunk:
                yield kept

    def _held(self) -> NDArray[np.uint64]:
        return np.concatenate([np.empty(0, np.uint64), *self.waiting])

    def _spill(self) -> None:
        hashes = self._held()
        first = (hashes >> np.uint64(56)).astype(np.uint8)
        order = np.argsort(first, kind="stable")
        records = np.empty(len(hashes), RECORD)
        records["hash"] = hashes[order]
        records["number"] = order + self.spilled
        ends = np.bincount(first, minlength=256).cumsum()
        for byte, part in enumerate(np.split(records, ends[:-1])):
            with Path(f"{self.stem}-{byte:02x}.part").open("ab") as file:
                file.write(part.tobytes())
        self.waiting, self.spilled = [], self.lines

    def _mark(self, hashes: NDArray[np.uint64], numbers: NDArray[np.int64]) -> int:
        order = np.argsort(hashes, kind="stable")  # so that the first line of a kind comes first
        ordered = hashes[order]
        again = numbers[order[1:][ordered[1:] == ordered[:-1]]]
        np.bitwise_or.at(self.bits, again >> 3, (1 << (again & 7)).astype(np.uint8))
        return len(again)
