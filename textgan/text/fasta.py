"""Sequences of FASTA files: genes, proteins."""

from collections.abc import Iterator

from textgan.errors import InputError
from textgan.text.reading import Chunk


def fasta_chunks(chunks: Iterator[Chunk], name: str, longest: int) -> Iterator[Chunk]:
    """The sequences of a FASTA file, one a record, in chunks as the lines come.

    A line that begins with ``>`` names the sequence that the lines after it spell; a line that
    begins with ``;`` is a comment (Pearson and Lipman 1988). Before the first name, and so in
    a file that names nothing, every line is a sequence.

    Args:
        chunks: of lines.
        name: of the file, for messages.
        longest: symbols of a sequence.

    Raises:
        InputError: a sequence is longer.
    """
    parts: list[str] | None = None
    size = 0
    for chunk in chunks:
        found = []
        for line in chunk:
            if line.startswith(">"):
                if parts:
                    found.append("".join(parts))
                parts, size = [], 0
            elif not line.startswith(";") and (text := line.strip()):
                if parts is None:
                    found.append(text)
                    continue
                parts.append(text)
                size += len(text)
                if size > longest:
                    raise InputError(
                        f"{name}: a sequence is longer than {longest:,} symbols; cut it into pieces"
                    )
        if found:
            yield found
    if parts:
        yield ["".join(parts)]
