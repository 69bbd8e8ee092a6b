"""A vocabulary from lines: it depends on the data alone, not on order, hash seed or threads."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from textgan.errors import InputError
from textgan.text.tokenizer_vocabulary import BYTE_CHARACTERS, FIRST, Vocabulary

WORD_SIZE = 8_000
SUBWORD_SIZE = 2_000
_CHUNK = 65_536


def learn(name: str, lines: Iterable[str], vocab_size: int | None, max_vocab: int) -> Vocabulary:
    """Return the vocabulary of kind `name` that `lines` give.

    Raises:
        InputError: a size that cannot be, no symbol in the lines, or a lone surrogate.
    """
    limit = _limit(name, vocab_size, max_vocab)
    if name == "byte":
        return Vocabulary(name, tuple(BYTE_CHARACTERS))
    if name == "char":
        return _characters(lines, limit)
    if name == "word":
        return _words(lines, limit)
    raise NotImplementedError


def _limit(name: str, vocab_size: int | None, max_vocab: int) -> int:
    """Return how many ids there may be, from the two options that bound them."""
    for option, value in (("vocab_size", vocab_size), ("max_vocab", max_vocab)):
        if value is not None and value <= FIRST:
            raise InputError(
                f"{option} is {value}, but three ids stand outside the alphabet; give at least 4"
            )
    least = FIRST + 256
    if name == "byte" and (max_vocab < least or vocab_size not in (None, least)):
        raise InputError(
            f"tokenizer 'byte' always has {least} ids; leave vocab_size out and max_vocab at "
            f"{least} or more"
        )
    if vocab_size is not None and vocab_size > max_vocab:
        raise InputError(f"vocab_size {vocab_size} is above max_vocab {max_vocab}; raise max_vocab")
    if vocab_size is not None:
        return vocab_size
    default = {"char": max_vocab, "byte": max_vocab, "word": WORD_SIZE}.get(name, SUBWORD_SIZE)
    return min(default, max_vocab)


def _characters(lines: Iterable[str], limit: int) -> Vocabulary:
    counts = np.zeros(0x110000, np.int64)
    rest = iter(lines)
    while chunk := list(islice(rest, _CHUNK)):
        points = np.frombuffer(_encodable(chunk), "<u4")
        counts[: points.max(initial=0) + 1] += np.bincount(points)
    return Vocabulary("char", tuple(map(chr, _frequent(counts)[: limit - FIRST])))


def _frequent(counts: "np.typing.NDArray[np.int64]") -> list[int]:
    """Return the code points that were counted, most frequent first, ties by code point."""
    points = np.flatnonzero(counts)
    if not len(points):
        raise InputError("no vocabulary can be learned: the lines hold no symbol")
    order: list[int] = points[np.argsort(-counts[points], kind="stable")].tolist()
    return order


def _words(lines: Iterable[str], limit: int) -> Vocabulary:
    counts: Counter[str] = Counter()
    for line in _checked(lines):
        counts.update(line.split())
    if not counts:
        raise InputError("no vocabulary can be learned: the lines hold no word")
    order = sorted(counts, key=lambda word: (-counts[word], word))
    return Vocabulary("word", tuple(order[: limit - FIRST]))


def _checked(lines: Iterable[str]) -> Iterator[str]:
    """Pass lines on, having seen that each can be written as UTF-8."""
    rest = iter(lines)
    while chunk := list(islice(rest, _CHUNK)):
        _encodable(chunk)
        yield from chunk


def _encodable(lines: list[str]) -> bytes:
    """Return the joined lines as UTF-32."""
    try:
        return "".join(lines).encode("utf-32-le")
    except UnicodeEncodeError:
        raise surrogate_error(lines) from None


def surrogate_error(lines: Iterable[str]) -> InputError:
    """Return the error that names the first of `lines` with a lone surrogate."""
    for line in lines:
        for character in line:
            if "\ud800" <= character <= "\udfff":
                return InputError(
                    f"a line holds the lone surrogate U+{ord(character):04X}, which is no text "
                    f"({line[:40]!a}); read the file with another --encoding or --errors"
                )
    return InputError("a line is no text; read the file with another --encoding or --errors")
