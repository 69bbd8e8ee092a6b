"""Lines in lists that are small in memory, and large enough to be worked off at once."""

from collections.abc import Iterable, Iterator


def in_chunks(lines: Iterable[str], most: int, characters: int) -> Iterator[list[str]]:
    """The lines in lists of at most `most`, each ended by what takes it over so many characters."""
    chunk: list[str] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if len(chunk) == most or size > characters:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
