"""Lines in lists that are small in memory, and large enough to be worked off at once."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def in_chunks(
    lines: Iterable[T], most: int, characters: int, size_of: Callable[[T], int]
) -> Iterator[list[T]]:
    """The lines in lists of at most `most`, each ended by what takes it over so many characters."""
    chunk: list[T] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += size_of(line)
        if len(chunk) == most or size > characters:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
