"""The n-grams of some texts, found and counted: the sufficient statistics of most scores.

An n-gram gets an int32 id, level by level: its key is (id of its first n - 1 symbols) · V + (its
last symbol), and keys are ranked among those that occur. A key stays below (number of n-grams) · V,
so any n and any vocabulary fit into 64 bits, where V^n would overflow.

An index is made from the small side (samples and as many real lines), and a reference of any size
streams through it. What the index does not hold is dropped on the way: a score needs of it only how
much there was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from textgan.metrics.lookup import Lookup
from textgan.metrics.symbols import Alphabet, Ints, Symbols, TokenIds


@dataclass(frozen=True)
class Counts:
    """How frequent the n-grams of an index are in some texts.

    Attributes:
        counts: for n = 1, 2 …: (n-grams of that order in the index,) int64.
        totals: for n = 1, 2 …: all n-grams of that order in the texts, in the index or not.
        lines: number of texts.
    """

    counts: tuple[Ints, ...]
    totals: tuple[int, ...]
    lines: int


@dataclass(frozen=True)
class GroupCounts:
    """How frequent the n-grams of one order are in each group of some texts.

    Most n-grams stand in few groups, so only those that a group has are kept of it.

    Attributes:
        size: n-grams of that order in the index.
        groups: for each group, the n-grams that it has and how frequent each is, int32.
        totals: (groups,) all n-grams of that order in the group.
    """

    size: int
    groups: tuple[tuple[Ints, Ints], ...]
    totals: Ints

    def left_out(self) -> Iterator[tuple[Ints, int]]:
        """Counts (n-grams,) and total: of all lines, then without each group.

        One at a time, since of a million lines each takes as much memory as the text.
        """
        counts, total = np.zeros(self.size, np.int64), int(self.totals.sum())
        for ids, own in self.groups:
            counts[ids] += own
        yield counts, total
        for (ids, own), left in zip(self.groups, self.totals.tolist(), strict=True):
            rest = counts.copy()
            rest[ids] -= own
            yield rest, total - left


@dataclass(frozen=True)
class NgramIndex:
    """The distinct n-grams of some texts, for n = 1 … `orders`.

    Attributes:
        alphabet: symbols to ids.
        lookups: for n = 2, 3 …: key to id.
        sizes: for n = 1, 2 …: number of distinct n-grams.
    """

    alphabet: Alphabet
    lookups: tuple[Lookup, ...]
    sizes: tuple[int, ...]

    @classmethod
    def build(
        cls, texts: Sequence[str], level: str, orders: int, token_ids: TokenIds | None = None
    ) -> "NgramIndex":
        """Index every n-gram of `texts` with n from 1 to `orders`.

        Keys, of eight bytes each, are made twice, so that they never stand for the whole text.
        """
        alphabet = Alphabet.of(texts, level, token_ids)
        pieces = []  # symbols, where their n-grams of the last order are, and the ids of those
        for symbols in alphabet.chunks(texts):
            at = np.flatnonzero(symbols.ids >= 0).astype(np.int32)
            pieces.append((symbols, at, symbols.ids[at]))
        lookups: list[Lookup] = []
        for order in range(2, orders + 1):
            found = [np.zeros(0, np.int64)]
            found += [distinct(longer(*piece, order, alphabet.size)[1]) for piece in pieces]
            lookups.append(Lookup(distinct(np.concatenate(found))))
            for i, piece in enumerate(pieces):
                at, keys = longer(*piece, order, alphabet.size)
                pieces[i] = (piece[0], at, lookups[-1].find(keys))
        return cls(alphabet, tuple(lookups), (alphabet.size, *(len(x.keys) for x in lookups)))

    @property
    def orders(self) -> int:
        """The largest n."""
        return len(self.sizes)

    def windows(self, symbols: Symbols) -> Iterator[tuple[Ints, Ints]]:
        """For n = 1, 2 …: ids of the n-grams of `symbols` that the index holds, and where they are.

        Yields:
            ids (found,) int32 and first positions (found,) int64, in the order of the text.
        """
        at = np.flatnonzero(symbols.ids >= 0)
        ids = symbols.ids[at]
        yield ids, at
        for order, lookup in enumerate(self.lookups, start=2):
            at, keys = longer(symbols, at, ids, order, self.alphabet.size)
            ids = lookup.find(keys)
            held = ids >= 0
            if not held.all():
                at, ids = at[held], ids[held]
            yield ids, at

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the n-grams of `texts`, a piece at a time."""
        counts = [np.zeros(size, np.int64) for size in self.sizes]
        totals = [0] * self.orders
        for symbols in self.alphabet.chunks(texts):
            for n, (ids, _) in enumerate(self.windows(symbols)):
                counts[n] += np.bincount(ids, minlength=self.sizes[n])
                totals[n] += symbols.windows(n + 1)
        return Counts(tuple(counts), tuple(totals), len(texts))

    def count_by_group(
        self, texts: Sequence[str], groups: Ints, number: int
    ) -> tuple[GroupCounts, ...]:
        """For n = 1, 2 …: the n-grams of each group of `texts`, counted apart.

        Args:
            texts: some lines.
            groups: (lines,) the group of each line, from 0.
            number: how many groups there are.
        """
        found: list[list[tuple[Ints, Ints]]] = [[] for _ in self.sizes]
        totals = np.zeros((self.orders, number), np.int64)
        for group in range(number):
            lines = [texts[i] for i in np.flatnonzero(groups == group).tolist()]
            symbols = self.alphabet.symbols(lines)
            for n, (ids, _) in enumerate(self.windows(symbols)):
                counts = np.bincount(ids, minlength=1)
                held = np.flatnonzero(counts)
                found[n].append((held.astype(np.int32), counts[held].astype(np.int32)))
                totals[n, group] = symbols.windows(n + 1)
        return tuple(
            GroupCounts(*row) for row in zip(self.sizes, map(tuple, found), totals, strict=True)
        )


def longer(symbols: Symbols, at: Ints, ids: Ints, order: int, size: int) -> tuple[Ints, Ints]:
    """Where the (n - 1)-grams at `at` go on with a known symbol, and the keys of those n-grams."""
    last = symbols.ids[at + (order - 1)]
    known = last >= 0
    at = at[known]
    return at, ids[known].astype(np.int64) * size + last[known]


def distinct(keys: Ints) -> Ints:
    """The distinct values of `keys`, rising; faster than `np.unique`."""
    ordered = np.sort(keys)
    if not len(ordered):
        return ordered
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))]
