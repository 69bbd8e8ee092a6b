"""How records are found in a file: the options of reading, on a card and on the command alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from textgan.chunks import in_chunks

Chunk = list[str]
LINES = 1 << 16
CHARACTERS = 1 << 24
"""Of a chunk. Records of 256 characters and less are divided by their number alone: the first chunk
decides the default length, which must not change for ordinary text."""


def chunked(records: Iterable[str]) -> Iterator[Chunk]:
    """The records as chunks of at most `LINES`, each ended by what takes it over `CHARACTERS`."""
    return in_chunks(records, LINES, CHARACTERS, len)


@dataclass(frozen=True)
class Reading:
    """How the records of a file are found; what is None follows from the file's ending.

    Attributes:
        format: a file with an unknown ending is text.
        column: of a table or of JSON objects, by name or by number from 0.
        labels: the column that says of what kind a line is, likewise; or ``"file"`` or
            ``"folder"``, where there is no such column: the name of the line's file or its folder.
        header: whether the first row of a table names its columns.
        separator: of a table; csv fields may be quoted, tsv fields never are.
        skip: lines left out at the top of each file.
        comment: lines that start so are left out.
        encoding: of the bytes; errors: what to do with bytes that are not of that encoding.
        literals: for Python source, dotted names of the values to read, without running anything.
        split: regular expression that cuts the whole text into records (and the literals' strings).
        remove: regular expression of what goes from each record.
        min_words: records with fewer words are left out; max_words: with more, likewise.
    """

    format: (
        Literal["text", "csv", "tsv", "json", "jsonl", "parquet", "fasta", "python", "docstrings"]
        | None
    ) = None
    column: str | int | None = None
    labels: str | int | None = None
    header: bool = True
    separator: str | None = None
    skip: int = 0
    comment: str | None = None
    encoding: str = "utf-8"
    errors: Literal["strict", "replace", "ignore"] = "strict"
    literals: tuple[str, ...] = ()
    split: str | None = None
    remove: str | None = None
    min_words: int | None = None
    max_words: int | None = None
