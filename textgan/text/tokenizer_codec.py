"""From lines to ids and back, for many lines at once.

Lines travel flat: the ids of all lines one after the other, and the number of ids of each line.
Encoders give that form; `scatter` lays it out as (batch, length) and `gather` takes it up again;
`Pieces` spells flat ids as lines. Nothing here loops over symbols in Python.
"""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from textgan.text.tokenizer_file import library_tokenizer
from textgan.text.tokenizer_vocabulary import (
    END,
    FIRST,
    PAD,
    UNKNOWN,
    Vocabulary,
    piece_bytes,
)

Ids = NDArray[np.int32]
Counts = NDArray[np.int64]
Encoder = Callable[[Sequence[str]], tuple[Ids, Counts]]
"""Lines to (flat ids, ids per line); raises UnicodeEncodeError on a lone surrogate."""


def encoder(vocabulary: Vocabulary) -> Encoder:
    """Return the encoder of `vocabulary`."""
    if vocabulary.name == "char":
        return _character_encoder(vocabulary.pieces)
    if vocabulary.name == "byte":
        return _encode_bytes
    if vocabulary.name == "word":
        return _word_encoder(vocabulary.pieces)
    return _library_encoder(vocabulary)


def _counts(sizes: Sequence[object]) -> Counts:
    return np.fromiter(map(len, sizes), np.int64, len(sizes))  # type: ignore[arg-type]


def _character_encoder(characters: Sequence[str]) -> Encoder:
    points = np.array([ord(character) for character in characters], np.int64)
    # One entry a code point, and a last one that answers for all beyond the alphabet.
    table = np.full(points.max(initial=0) + 2, UNKNOWN, np.int32)
    table[points] = np.arange(FIRST, FIRST + len(points))

    def encode(lines: Sequence[str]) -> tuple[Ids, Counts]:
        flat = np.frombuffer("".join(lines).encode("utf-32-le"), "<u4")
        return table.take(flat, mode="clip"), _counts(lines)

    return encode


def _encode_bytes(lines: Sequence[str]) -> tuple[Ids, Counts]:
    encoded = [line.encode("utf-8") for line in lines]
    flat = np.frombuffer(b"".join(encoded), np.uint8)
    return np.add(flat, FIRST, dtype=np.int32), _counts(encoded)


def _word_encoder(words: Sequence[str]) -> Encoder:
    ids = {word: FIRST + index for index, word in enumerate(words)}

    def encode(lines: Sequence[str]) -> tuple[Ids, Counts]:
        "".join(lines).encode("utf-8")  # a lone surrogate is an error at every level
        split = [line.split() for line in lines]
        counts = _counts(split)
        found = (ids.get(word, UNKNOWN) for word in chain.from_iterable(split))
        return np.fromiter(found, np.int32, int(counts.sum())), counts

    return encode


def _library_encoder(vocabulary: Vocabulary) -> Encoder:
    library = library_tokenizer(vocabulary)

    def encode(lines: Sequence[str]) -> tuple[Ids, Counts]:
        "".join(lines).encode("utf-8")
        found = [item.ids for item in library.encode_batch_fast(lines, add_special_tokens=False)]
        counts = _counts(found)
        return np.fromiter(chain.from_iterable(found), np.int32, int(counts.sum())), counts

    return encode


def scatter(flat: Ids, counts: Counts, length: int) -> Ids:
    """Lay flat ids out as (batch, length): symbols, then END where one fits, then PAD."""
    if counts.max(initial=0) > length:
        position = np.arange(len(flat)) - np.repeat(counts.cumsum() - counts, counts)
        flat = flat[position < length]
        counts = np.minimum(counts, length)
    ids = np.full((len(counts), length), PAD, np.int32)
    ids[np.arange(length) < counts[:, None]] = flat
    short = np.flatnonzero(counts < length)
    ids[short, counts[short]] = END
    return ids


def gather(ids: NDArray[np.integer]) -> tuple[NDArray[np.integer], Counts]:
    """Take up what stands before the first END or PAD of each row, without UNKNOWN.

    Args:
        ids: (batch, length) of any integer type.

    Returns:
        flat ids and the number of them in each row.
    """
    batch, length = ids.shape
    # One column more than there are: its place is the stop of a row that has no END.
    stops = np.ones((batch, length + 1), np.bool_)
    np.less_equal(ids, END, out=stops[:, :-1])
    keep = np.arange(length) < stops.argmax(axis=1)[:, None]
    keep &= ids != UNKNOWN
    return ids[keep], keep.sum(axis=1)


class Pieces:
    """Spells flat ids as lines, by numpy alone.

    All pieces lie one after the other in one array of code points (or bytes); a batch is spelled by
    one gather from it, decoded once and cut into lines.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        if vocabulary.is_bytes:
            spelled = [piece_bytes(piece) for piece in vocabulary.pieces]
            self._units = np.frombuffer(b"".join(spelled), np.uint8)
            sizes = _counts(spelled)
        else:
            # A word brings the space before it; the first space of a line is cut off again.
            space = " " if vocabulary.name == "word" else ""
            texts = [space + piece for piece in vocabulary.pieces]
            self._units = np.frombuffer("".join(texts).encode("utf-32-le"), "<u4")
            sizes = _counts(texts)
        self._sizes = sizes
        self._starts = sizes.cumsum() - sizes
        self._is_bytes = vocabulary.is_bytes
        self._drop = 1 if vocabulary.name == "word" else 0

    def encoded(self) -> list[bytes]:
        """What each piece spells, in bytes; a word brings the space before it."""
        raw, ends = self._units.tobytes(), self._sizes.cumsum()
        bounds = list(zip(self._starts.tolist(), ends.tolist(), strict=True))
        if self._is_bytes:
            return [raw[start:stop] for start, stop in bounds]
        text = raw.decode("utf-32-le")
        return [text[start:stop].encode() for start, stop in bounds]

    def spell(self, flat: NDArray[np.integer], counts: Counts) -> list[str]:
        """Return the lines that flat ids stand for.

        Args:
            flat: ids of the alphabet alone.
            counts: how many of them each line has.

        Raises:
            IndexError: an id is outside the vocabulary.
        """
        index = flat.astype(np.int64) - FIRST
        if len(index) and index.max() >= len(self._sizes):
            raise IndexError(f"id {int(flat.max())} is outside the vocabulary")
        ends = counts.cumsum()
        if len(self._units) == len(self._sizes):  # each piece is one unit: char, byte
            units = self._units[index]
        else:
            sizes = self._sizes[index]
            reached = np.concatenate([[0], sizes.cumsum()])
            place = np.repeat(self._starts[index] - reached[:-1], sizes)
            place += np.arange(len(place))
            units = self._units[place]
            ends = reached[ends]
        stops = ends.tolist()
        starts = [0, *stops[:-1]]
        raw = units.tobytes()
        if not self._is_bytes:
            text = raw.decode("utf-32-le")
        elif raw.isascii():
            text = raw.decode("ascii")
        else:  # a generator may write bytes that are no UTF-8: they show as U+FFFD
            return [
                raw[start:stop].decode("utf-8", "replace")
                for start, stop in zip(starts, stops, strict=True)
            ]
        if self._drop:
            starts = [start + self._drop for start in starts]
        return [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
