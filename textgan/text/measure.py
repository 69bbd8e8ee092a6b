"""How long a line is, and where it is cut, in the symbols of each tokenizer."""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textgan.text.tokenizer import UNKNOWN, Tokenizer

SUBWORDS = ("bpe", "byte-bpe", "unigram", "sentencepiece", "sentencepiece-bpe")
MAX_DEFAULT_LENGTH = 64
WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Measure:
    """`lengths(lines)` in symbols: (lines,); `cut(line, length)` is a whole-character prefix."""

    lengths: Callable[[list[str]], NDArray[np.int64]]
    cut: Callable[[str, int], str]


def measure_for(name: str, tokenizer: Tokenizer | None = None) -> Measure:
    """The measure of a tokenizer by its name; subwords can only be measured by a trained one."""
    if tokenizer is not None:
        return Measure(tokenizer.lengths, lambda line, length: cut_tokens(tokenizer, line, length))
    return {
        "char": Measure(lambda lines: counts(map(len, lines)), lambda line, n: line[:n]),
        "byte": Measure(lambda lines: counts(len(line.encode()) for line in lines), cut_bytes),
        "word": Measure(
            lambda lines: counts(map(word_count, lines)),
            lambda line, n: " ".join(line.split(None, n)[:n]),
        ),
    }[name]


def counts(numbers: object) -> NDArray[np.int64]:
    """An iterable of numbers as an array."""
    return np.fromiter(numbers, np.int64)  # type: ignore[call-overload,no-any-return]


def word_count(line: str) -> int:
    """The words of `line`; those of a very long one are never all in memory."""
    return len(line.split()) if len(line) < 1 << 20 else sum(1 for _ in WORD.finditer(line))


def cut_bytes(line: str, length: int) -> str:
    """The most whole characters of `line` that fit into `length` bytes of UTF-8."""
    return line.encode()[:length].decode("utf-8", "ignore")


def cut_tokens(tokenizer: Tokenizer, line: str, length: int) -> str:
    """The longest prefix of `line` that whole tokens spell and that is `length` tokens or fewer.

    Fewer where the last token ends inside a character (byte-level), or where the prefix alone
    would be told apart into more tokens than it had within the line.
    """
    head = line[: 64 * length + 64]  # enough for any tokens; keeps a line of 100 MB affordable
    ids = tokenizer.token_ids([head])[0]
    if (ids == UNKNOWN).any():  # what stands for it spells nothing
        return cut_characters(tokenizer, head, length)
    for size in range(min(length, len(ids)), 0, -1):
        text = tokenizer.decode_batch(ids[None, :size])[0]
        if head.startswith(text) and measured(tokenizer, text) <= length:
            return text
    return ""


def cut_characters(tokenizer: Tokenizer, line: str, length: int) -> str:
    """The longest prefix of `line`, or nearly, that is `length` tokens or fewer, unknown or not."""
    size = bisect_right(
        range(1, len(line) + 1), length, key=lambda n: measured(tokenizer, line[:n])
    )
    while measured(tokenizer, line[:size]) > length:  # longer prefixes may be fewer tokens
        size -= 1
    return line[:size]


def measured(tokenizer: Tokenizer, text: str) -> int:
    """The tokens of a text."""
    return int(tokenizer.lengths([text])[0])


def default_length(lengths: NDArray[np.int64]) -> int:
    """The smallest multiple of 8 that holds the 95th percentile of `lengths`, at most 64."""
    most = int(np.percentile(lengths, 95, method="higher"))
    return min(-(-max(most, 1) // 8) * 8, MAX_DEFAULT_LENGTH)
