"""The encoded corpus: one memory-mapped array of ids a split, (lines, length), and its text.

An array is written row by row as a plain .npy file whose header is completed at the end, so that
neither the text nor the ids of a corpus are ever in memory as a whole.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from textgan.errors import WorldError
from textgan.text.labels import NUMBER, joined, numbered, parted, some_of
from textgan.text.readers import line_chunks
from textgan.text.reading import Chunk
from textgan.text.tokenizer import UNKNOWN, Tokenizer

HEADER = 128  # bytes
LABELS = "labels.npy"
"""Ends the name of the file with the numbers of a split's labels."""
BLOCK = 1 << 20


def dtype_for(vocab_size: int) -> np.dtype[np.unsignedinteger]:
    """The smallest unsigned type that holds every id below `vocab_size`."""
    return np.dtype(np.min_scalar_type(vocab_size - 1))


def npy_header(dtype: np.dtype[np.unsignedinteger], rows: int, length: int) -> bytes:
    """The header of a .npy file (format 1.0), always `HEADER` bytes."""
    text = str({"descr": dtype.str, "fortran_order": False, "shape": (rows, length)})
    body = text.encode("ascii").ljust(HEADER - 11) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body


def stored_chunks(path: Path, labelled: bool = False) -> Iterator[Chunk]:
    r"""The lines of a text file that this package wrote, which only ``\n`` ends."""
    with path.open(encoding="utf-8", newline="\n") as stream:
        chunks = line_chunks(iter(lambda: stream.read(BLOCK), ""), str(path))
        yield from map(parted, chunks) if labelled else chunks


def write_lines(stream: BinaryIO, lines: list[str]) -> None:
    """Append lines to a text file, with their labels where they have any."""
    if lines:
        stream.write(("\n".join(joined(lines)) + "\n").encode())


def encode_split(
    chunks: Iterator[Chunk],
    folder: Path,
    split: str,
    tokenizer: Tokenizer,
    length: int,
    *,
    unknown: str,
    names: list[str],
    done: Callable[[int], None],
) -> tuple[int, int, list[int]]:
    """Write `split`.npy and `split`.txt into `folder`, and `split`.labels.npy where lines have any.

    Args:
        chunks: the lines of the split.
        folder: where the files go.
        split: their name.
        tokenizer: gives the ids.
        length: of a row.
        unknown: "skip" leaves out lines with a symbol outside the vocabulary, "keep" does not.
        names: of the labels, in order; none where lines have none.
        done: told the number of lines after each chunk.

    Returns:
        The rows written, the lines that hold unknown symbols, and the rows of each label.
    """
    dtype = dtype_for(tokenizer.vocab_size)
    rows = strangers = 0
    counts = np.zeros(len(names), np.int64)
    with ExitStack() as files:
        array, text = (
            files.enter_context((folder / f"{split}.{end}").open("wb")) for end in ("npy", "txt")
        )
        array.write(npy_header(dtype, 0, length))
        if names:
            kinds = files.enter_context((folder / f"{split}.{LABELS}").open("wb"))
            kinds.write(npy_header(NUMBER, 0, 1))
        for lines in chunks:
            ids = tokenizer.encode_batch(lines, length)
            strange = (ids == UNKNOWN).any(axis=1)
            strangers += int(strange.sum())
            kept = lines
            if unknown == "skip" and strange.any():
                ids, kept = ids[~strange], some_of(lines, ~strange)
            array.write(ids.astype(dtype).tobytes())
            write_lines(text, list(kept))  # a plain list: the text is without its labels
            if names:
                numbers = numbered(kept, names)
                kinds.write(numbers.tobytes())
                counts += np.bincount(numbers, minlength=len(names))
            rows += len(kept)
            done(len(lines))
        array.seek(0)
        array.write(npy_header(dtype, rows, length))
        if names:
            kinds.seek(0)
            kinds.write(npy_header(NUMBER, rows, 1))
    return rows, strangers, counts.tolist()


def open_rows(path: Path) -> NDArray[np.unsignedinteger]:
    """The memory-mapped ids in a .npy file: (lines, length), read-only.

    Raises:
        WorldError: the file is missing or cut short.
    """
    try:
        with path.open("rb") as stream:
            np.lib.format.read_magic(stream)
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        if path.stat().st_size != HEADER + shape[0] * shape[1] * dtype.itemsize:
            raise ValueError("is cut short")
        if not shape[0]:
            return np.empty(shape, dtype)
        rows: NDArray[np.unsignedinteger] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise WorldError(f"{path}: is not an encoded corpus ({error})") from None
    return rows
