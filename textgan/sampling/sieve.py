"""Of the lines that are drawn those that are wanted: all different, or none that a text holds."""

from collections.abc import Callable, Container, Iterable, Iterator
from typing import TypeVar

from textgan.text.reading import chunked
from textgan.text.tokenizer import Tokenizer

T = TypeVar("T")

FRUITLESS = 25_600
"""Lines in a row that do not pass, after which none is expected to."""


def sifted(
    chunks: Iterable[list[T]],
    wanted: int,
    *,
    unique: bool = False,
    without: Container[str] = (),
    line_of: Callable[[T], str],
) -> Iterator[list[T]]:
    """What passes of each chunk, until `wanted` have or `FRUITLESS` in a row have not.

    Args:
        chunks: what is drawn, without an end.
        wanted: how many are to pass.
        unique: none passes whose line has passed.
        without: nor does one whose line, its ends stripped, is in here.
        line_of: its line.

    Yields:
        Those that pass, in their order; a list a chunk.
    """
    passed: set[str] = set()
    found = fruitless = 0
    for chunk in chunks:
        some = []
        for each in chunk:
            if found == wanted or fruitless == FRUITLESS:
                break
            line = line_of(each)
            if line in passed or line.strip() in without:
                fruitless += 1
                continue
            found, fruitless = found + 1, 0
            if unique:
                passed.add(line)
            some.append(each)
        yield some
        if found == wanted or fruitless == FRUITLESS:
            return


def known_lines(lines: Iterable[str], tokenizer: Tokenizer, length: int) -> set[str]:
    """What a model that learned from `lines` might write without inventing it.

    Args:
        lines: a text.
        tokenizer: of the model.
        length: that it cuts lines to, in symbols.

    Returns:
        The lines as they are and cut, their ends stripped, and the blank line; nothing of no lines.
    """
    known: set[str] = set()
    for some in chunked(lines):
        cut = tokenizer.decode_batch(tokenizer.encode_batch(some, length))
        known.update(line.strip() for line in ("", *some, *cut))
    return known
