"""Text to integers for counting: characters, words or the tokens of any tokenizer.

This alphabet serves counting alone. It is made from the texts at hand and never saved, so it needs
no end, padding or unknown symbol: what is not in it gets -1 and matches nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np

from textgan.errors import InputError, choose

Ints = np.ndarray[Any, np.dtype[Any]]
TokenIds = Callable[[Sequence[str]], Sequence[Ints]]

LEVELS = ("char", "word", "token")
CHUNK_LINES = 2_000  # a few hundred kilobytes of symbols: the cache holds them, twice as fast


@dataclass(frozen=True)
class Symbols:
    """The symbols of some lines, one after the other, with -1 after the last symbol of each line.

    The -1 keeps an n-gram from reaching over the end of its line, so nothing is ever padded.

    Attributes:
        ids: (symbols + lines,) int32, the position of each symbol in the alphabet, or -1.
        lengths: (lines,) int64, symbols in each line, known or not.
    """

    ids: Ints
    lengths: Ints

    def line_of(self, positions: Ints) -> Ints:
        """The line that each of `positions` in `ids` lies on, (positions,) int32."""
        lines = np.repeat(np.arange(len(self.lengths), dtype=np.int32), self.lengths + 1)
        return lines[positions]

    def windows(self, order: int) -> int:
        """How many n-grams of `order` the lines hold; a line shorter than `order` holds none."""
        return int(np.maximum(self.lengths - order + 1, 0).sum())


@dataclass(frozen=True)
class Alphabet:
    """The distinct symbols of some texts at one level.

    Attributes:
        level: ``"char"`` (code points), ``"word"`` (split at white space) or ``"token"``.
        size: number of distinct symbols.
        points: for characters and tokens, the id of every code point or token; -1 where absent.
        words: for words, the id of every word.
        token_ids: for tokens, the function that splits lines into token ids.
    """

    level: str
    size: int
    points: Ints | None = None
    words: dict[str, int] | None = None
    token_ids: TokenIds | None = None

    @classmethod
    def of(cls, texts: Sequence[str], level: str, token_ids: TokenIds | None = None) -> "Alphabet":
        """The alphabet of `texts`.

        Raises:
            InputError: an unknown level, or the level ``"token"`` without `token_ids`.
        """
        choose("level", level, LEVELS)
        if level == "word":
            words: dict[str, int] = {}
            for text in texts:
                for word in text.split():
                    if word not in words:
                        words[word] = len(words)
            return cls(level, len(words), words=words)
        flat, _ = _points(texts, level, token_ids)
        present = np.flatnonzero(np.bincount(flat)) if len(flat) else np.zeros(0, np.int64)
        points = np.full(int(present[-1]) + 1 if len(present) else 1, -1, np.int32)
        points[present] = np.arange(len(present), dtype=np.int32)
        return cls(level, len(present), points=points, token_ids=token_ids)

    def symbols(self, texts: Sequence[str]) -> Symbols:
        """The symbols of `texts`, a line each."""
        if self.words is not None:
            flat, lengths = _word_ids(texts, self.words)
        else:
            assert self.points is not None
            raw, lengths = _points(texts, self.level, self.token_ids)
            flat = np.full(len(raw), -1, np.int32)
            known = raw < len(self.points)
            flat[known] = self.points[raw[known]]
        ids = np.full(len(flat) + len(lengths), -1, np.int32)
        place = np.arange(len(flat)) + np.repeat(np.arange(len(lengths)), lengths)
        ids[place] = flat
        return Symbols(ids, lengths)

    def chunks(self, texts: Sequence[str], lines: int = CHUNK_LINES) -> Iterator[Symbols]:
        """The symbols of `texts` in pieces of at most `lines` lines, so that memory stays flat."""
        for start in range(0, len(texts), lines):
            yield self.symbols(texts[start : start + lines])


def _word_ids(texts: Sequence[str], words: dict[str, int]) -> tuple[Ints, Ints]:
    """The id of every word of all lines in one array, and the number of words of each line."""
    flat, lengths = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    # A piece at a time: millions of lists at once would keep the garbage collector busy.
    for start in range(0, len(texts), CHUNK_LINES):
        split = [text.split() for text in texts[start : start + CHUNK_LINES]]
        lengths.append(np.fromiter(map(len, split), np.int64, len(split)))
        every = chain.from_iterable(split)
        flat.append(np.fromiter(map(words.get, every, repeat(-1)), np.int32))
    return np.concatenate(flat), np.concatenate(lengths)


def _points(texts: Sequence[str], level: str, token_ids: TokenIds | None) -> tuple[Ints, Ints]:
    """Code points or token ids of all lines in one array, and the length of each line."""
    if level == "token":
        if token_ids is None:
            raise InputError("level 'token' needs a tokenizer; pass token_ids=tokenizer.token_ids")
        rows = list(token_ids(texts))
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        return (np.concatenate(rows) if rows else np.zeros(0, np.int64)), lengths
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    # "surrogatepass": a lone surrogate, which Python's strings may hold, is a symbol too.
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32), lengths


def cut_lines(texts: Sequence[str], level: str, symbols: int | None) -> list[str]:
    """The first `symbols` characters (or words) of each text; all of it where `symbols` is None.

    At word level the cut text is its words with one space between; at token level the cut is by
    characters.
    """
    if symbols is None:
        return list(texts)
    if level == "word":
        return [" ".join(text.split()[:symbols]) for text in texts]
    return [text[:symbols] for text in texts]
