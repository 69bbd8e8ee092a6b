"""An interpolated n-gram model with modified Kneser-Ney smoothing, Chen & Goodman 1999.

p(w | h) = (a(hw) - D(a(hw))) / Σ a(h·) + γ(h) p(w | h without its first symbol)

The counts a are those of the text at the highest order and number of distinct left neighbours
below; an n-gram at the beginning of a line has no left neighbour and keeps its count. The lowest
order leans on the uniform distribution over the end of a line, the alphabet, and the symbols that
training has not seen: one for all of them, where it is not said how many there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from textgan.errors import InputError
from textgan.metrics.lookup import Lookup
from textgan.metrics.ngrams import distinct
from textgan.metrics.symbols import Alphabet, Ints, TokenIds

END, BEGIN, UNKNOWN = 0, 1, 2  # before the alphabet's own ids, which start at FIRST
FIRST = 3
CHUNK = 1_000  # lines sampled together, each chunk with a seed of its own
FALLBACK = (0.5, 1.0, 1.5)  # discounts where too few counts are 1, 2, 3 or 4 to estimate them


@dataclass(frozen=True)
class Order:
    """All n-grams of one order, sorted by their first n - 1 symbols (the context).

    Attributes:
        lookup: key (context id · V + last symbol) to n-gram id.
        last: (n-grams,) the last symbol.
        share: (n-grams,) what the n-gram has of its context's probability after the discount.
        starts: (contexts + 1,) where the n-grams of each context begin.
        weight: (contexts,) what is left for the next lower order; 1 where a context has no n-gram.
    """

    lookup: Lookup
    last: Ints
    share: Ints
    starts: Ints
    weight: Ints


@dataclass(frozen=True)
class NgramModel:
    """A trained model; `train` makes it.

    Attributes:
        alphabet: symbols to ids.
        orders: for n = 1, 2 …
        symbols: printable symbol of each id of the alphabet.
        longest: symbols of the longest training line; a sample ends there.
        size: number of symbols that can be predicted: the alphabet, the end and the unknown ones.
    """

    alphabet: Alphabet
    orders: tuple[Order, ...]
    symbols: tuple[str, ...]
    longest: int
    size: int

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        level: str = "char",
        order: int = 6,
        token_ids: TokenIds | None = None,
        vocabulary: int = 0,
    ) -> "NgramModel":
        """Train on `texts`.

        Args:
            texts: lines.
            level: ``"char"``, ``"word"`` or ``"token"``.
            order: the n of the longest n-grams.
            token_ids: for the level ``"token"``; such a model scores but cannot write.
            vocabulary: distinct symbols of these lines and of those to be scored, so that each that
                `texts` lack is as unlikely as it is to one model that knows more of them.

        Raises:
            InputError: no text, or an order below 1.
        """
        if order < 1:
            raise InputError(f"--order {order}: must be at least 1")
        if not any(texts):
            raise InputError("the n-gram model needs at least one line of text to train on")
        alphabet = Alphabet.of(texts, level, token_ids)
        ids, starts = _framed(alphabet, texts)
        size = alphabet.size + FIRST
        room = np.repeat(np.append(starts[1:], len(ids)), np.diff(np.append(starts, len(ids))))
        room -= np.arange(len(ids))  # symbols from each position to the end of its line

        # The distinct n-grams of every order and their counts. Where they stand in the text takes
        # more memory than both, and is forgotten when it has been seen what stands before them.
        at, gram = np.arange(len(ids)), ids
        grams, counts = np.arange(size), np.bincount(ids, minlength=size)
        tables = []
        for n in range(2, order + 1):
            shorter = at, gram
            inside = room[at] >= n
            at = at[inside]
            keys = gram[inside].astype(np.int64) * size + ids[at + n - 1]
            found = distinct(keys)
            gram = Lookup(found).find(keys)
            del keys
            tables.append((grams, _left_neighbours(len(grams), counts, ids, shorter, (at, gram))))
            grams, counts = found, np.bincount(gram, minlength=len(found))
        tables.append((grams, counts))

        orders = []
        for n in range(1, order + 1):
            grams, counts = tables[n - 1]
            if n == 1:
                counts = counts.copy()
                counts[[BEGIN, UNKNOWN]] = 0  # a line's beginning is never predicted
            contexts = len(tables[n - 2][0]) if n > 1 else 1
            orders.append(_order(grams, counts, contexts, size))
        lengths = np.diff(np.append(starts, len(ids))) - 2
        predicted = max(alphabet.size + 1, vocabulary) + 1
        return cls(alphabet, tuple(orders), _printable(alphabet), int(lengths.max()), predicted)

    def log2(self, texts: Sequence[str]) -> tuple[Ints, Ints]:
        """Log probability of each line, its end included.

        Returns:
            Sums of log2 p (lines,) and numbers of predicted symbols (lines,), the end counted.
        """
        sums, numbers = [np.zeros(0)], [np.zeros(0, np.int64)]
        for start in range(0, len(texts), 20_000):
            ids, starts = _framed(self.alphabet, texts[start : start + 20_000])
            logs = np.log2(self._probabilities(ids))
            logs[starts] = 0.0
            sums.append(np.add.reduceat(logs, starts))
            numbers.append(np.diff(np.append(starts, len(ids))) - 1)
        return np.concatenate(sums), np.concatenate(numbers)

    def _probabilities(self, ids: Ints) -> Ints:
        """P of every symbol of some framed lines given those before it, (symbols,)."""
        lowest = self.orders[0]
        p = np.full(len(ids), lowest.weight[0] / self.size)
        p += lowest.share[ids]
        known = np.where(ids == UNKNOWN, -1, ids).astype(np.int64)
        at, gram = np.flatnonzero(known >= 0), known[known >= 0]
        line = np.cumsum(ids == BEGIN)
        for n, order in enumerate(self.orders[1:], start=2):
            # Where the context of n - 1 symbols at `at` is known: the symbol after it, if the
            # line has one, gets its share, and the lower order's probability its weight.
            inside = at + n - 1 < len(ids)
            at, gram = at[inside], gram[inside]
            target = at + n - 1
            same = line[target] == line[at]
            at, gram, target = at[same], gram[same], target[same]
            p[target] *= order.weight[gram]
            symbol = known[target]
            seen = symbol >= 0
            at, target = at[seen], target[seen]
            gram = order.lookup.find(gram[seen] * (self.alphabet.size + FIRST) + symbol[seen])
            found = gram >= 0
            at, gram = at[found], gram[found].astype(np.int64)
            p[target[found]] += order.share[gram]
        return p

    def perplexity(self, texts: Sequence[str]) -> float:
        """2 to the power of the mean bits of a symbol, the ends of lines counted as symbols."""
        sums, numbers = self.log2(texts)
        return float(2.0 ** (-sums.sum() / numbers.sum()))

    def distribution(self, context: str) -> dict[str, float]:
        """P of every next symbol after the beginning of a line; "" is its end.

        The unknown symbol's share is under None's stead, the replacement character.
        """
        ids, _ = _framed(self.alphabet, [context])
        head = ids[:-1]
        every = [END, UNKNOWN, *range(FIRST, self.alphabet.size + FIRST)]
        rows = [self._probabilities(np.append(head, symbol))[-1] for symbol in every]
        return dict(zip(["", "\ufffd", *self.symbols], map(float, rows), strict=True))

    def stream(self, seed: int = 0) -> Iterator[str]:
        """Lines without end: the same seed, the same lines.

        A symbol is drawn order by order: with the context's share of probability from the n-grams
        that follow it, else from the next lower order, which is what interpolation means. The
        unknown symbol is never drawn. A line ends at the latest at the longest training line.
        """
        chunk = 0
        while True:
            random = np.random.default_rng((seed, chunk))
            yield from self._write(CHUNK, random)
            chunk += 1

    def sample(self, n: int, seed: int = 0) -> list[str]:
        """The first `n` lines of `stream`."""
        lines = self.stream(seed)
        return [next(lines) for _ in range(n)]

    def _write(self, lines: int, random: np.random.Generator) -> list[str]:
        size = self.alphabet.size + FIRST
        cumulative = [np.concatenate(([0.0], np.cumsum(order.share))) for order in self.orders]
        written = np.full((lines, self.longest), END, np.int64)
        active = np.arange(lines)
        # suffix[k]: id of the last k symbols as a k-gram, -1 where training has not seen it.
        suffix = np.full((len(self.orders), lines), -1, np.int64)
        suffix[0] = 0
        if len(self.orders) > 1:
            suffix[1] = BEGIN
        for position in range(self.longest):
            drawn = np.full(len(active), -1, np.int64)
            for k in range(len(self.orders) - 1, -1, -1):
                order = self.orders[k]
                open_ = np.flatnonzero((drawn < 0) & (suffix[k] >= 0))
                context = suffix[k][open_]
                here = random.random(len(open_)) >= order.weight[context]
                open_, context = open_[here], context[here]
                low = cumulative[k][order.starts[context]]
                high = cumulative[k][order.starts[context + 1]]
                point = low + (high - low) * random.random(len(open_))
                place = np.searchsorted(cumulative[k], point, side="right") - 1
                place = np.clip(place, order.starts[context], order.starts[context + 1] - 1)
                drawn[open_] = order.last[place]
            rest = drawn < 0
            uniform = random.integers(0, self.alphabet.size + 1, int(rest.sum()))
            drawn[rest] = np.where(uniform == self.alphabet.size, END, uniform + FIRST)
            written[active, position] = drawn
            for k in range(len(self.orders) - 1, 0, -1):
                keys = suffix[k - 1] * size + drawn
                found = self.orders[k - 1].lookup.find(np.maximum(keys, 0))
                suffix[k] = np.where(suffix[k - 1] >= 0, found, -1)
            going = drawn != END
            active, suffix = active[going], suffix[:, going]
            if not len(active):
                break
        return [self._text(row) for row in written]

    def _text(self, row: Ints) -> str:
        ends = np.flatnonzero(row == END)
        symbols = row[: ends[0]] if len(ends) else row
        between = " " if self.alphabet.level == "word" else ""
        return between.join(self.symbols[symbol - FIRST] for symbol in symbols.tolist())


def _framed(alphabet: Alphabet, texts: Sequence[str]) -> tuple[Ints, Ints]:
    """Lines as ids, each between its beginning and its end, and where each line begins."""
    symbols = alphabet.symbols(texts)
    ids = symbols.ids + FIRST
    ids[ids == FIRST - 1] = UNKNOWN
    ends = np.cumsum(symbols.lengths + 1) - 1
    ids[ends] = END
    starts = np.concatenate(([0], ends[:-1] + 1))
    framed = np.insert(ids, starts, BEGIN)
    return framed.astype(np.int32), starts + np.arange(len(starts))


def _left_neighbours(
    number: int, counts: Ints, ids: Ints, windows: tuple[Ints, Ints], longer: tuple[Ints, Ints]
) -> Ints:
    """Distinct left neighbours of each n-gram; the count itself for those that begin a line.

    Args:
        number: of n-grams.
        counts: (n-grams,) in the text.
        ids: the framed text.
        windows: positions and ids of the n-grams in the text.
        longer: positions and ids of the (n + 1)-grams.
    """
    at, gram = windows
    gram_at = np.full(len(ids), -1, np.int32)
    gram_at[at] = gram
    # Each distinct (n + 1)-gram is one left neighbour of the n-gram that it ends in, wherever in
    # the text it is looked at.
    place = np.full(int(longer[1].max(initial=-1)) + 1, -1, np.int64)
    place[longer[1]] = longer[0]
    adjusted = np.bincount(gram_at[place + 1], minlength=number)
    begins = distinct(gram[ids[at] == BEGIN])
    adjusted[begins] = counts[begins]
    return adjusted


def _order(keys: Ints, counts: Ints, contexts: int, size: int) -> Order:
    """Discount the counts of one order and share them out."""
    context = keys // size
    starts = np.searchsorted(context, np.arange(contexts + 1))
    discount = np.array((0.0, *_discounts(counts)))[np.minimum(counts, 3)]
    total = np.bincount(context, weights=counts, minlength=contexts)
    taken = np.bincount(context, weights=discount, minlength=contexts)
    some = total > 0
    weight = np.ones(contexts)
    weight[some] = taken[some] / total[some]
    share = np.zeros(len(keys))
    share = np.divide(counts - discount, total[context], out=share, where=total[context] > 0)
    return Order(Lookup(keys), keys % size, share, starts, weight)


def _discounts(counts: Ints) -> tuple[float, float, float]:
    """D1, D2 and D3+ of Chen & Goodman, equation 26."""
    n1, n2, n3, n4 = (int(np.count_nonzero(counts == k)) for k in (1, 2, 3, 4))
    if not (n1 and n2 and n3):
        return FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    # Without a discount nothing is left for what has not been seen.
    if any(not 0 < d <= k for k, d in enumerate(found, start=1)):
        return FALLBACK
    return found


def _printable(alphabet: Alphabet) -> tuple[str, ...]:
    if alphabet.words is not None:
        return tuple(alphabet.words)
    if alphabet.level == "token" or alphabet.points is None:
        return ()
    return tuple(chr(point) for point in np.flatnonzero(alphabet.points >= 0).tolist())
