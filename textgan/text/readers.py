r"""From the bytes of a file to chunks of its records, whatever the format.

A line of text ends at ``\n``, ``\r\n`` or a lone ``\r``, as in Python's own text files, and nowhere
else: form feeds, U+0085 and U+2028 are symbols like any other. Files are read a block at a time, so
that memory holds a block and not the file; a line longer than a block is put together once, up to
`LONGEST` characters.
"""

import codecs
import io
import re
import sys
import unicodedata
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import BinaryIO

from textgan.errors import InputError
from textgan.text import extracts
from textgan.text.fasta import fasta_chunks
from textgan.text.labels import PLACES, placed, rewritten, some_of
from textgan.text.packed import PACKED, unpacked
from textgan.text.reading import Chunk, Reading
from textgan.text.tables import json_chunks, jsonl_chunks, parquet_chunks, table_chunks

ENDINGS = {
    "txt": "text",
    "text": "text",
    "csv": "csv",
    "tsv": "tsv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "parquet": "parquet",
    **dict.fromkeys(("fasta", "fa", "fna", "faa"), "fasta"),
}
TABLES = ("csv", "tsv", "json", "jsonl", "parquet")
"""Formats whose records are fields, beside which others may stand."""
BLOCK = 1 << 20
LONGEST = 1 << 26  # characters of a line, or of a file that is only read as a whole


def format_of(name: str) -> tuple[str, str]:
    """The format and the packing (one of `PACKED`, or ``""``) that a file's name tells."""
    parts = Path(name).name.lower().split(".")[1:]
    packing = parts.pop() if parts and parts[-1] in PACKED else ""
    return ENDINGS.get(parts[-1] if parts else "", "text"), packing


def form_of(name: str, reading: Reading) -> str:
    """The format that is read: the one that is said, else that of the name or of a separator."""
    if reading.format is not None:
        return reading.format
    form, _ = format_of(name)
    if form == "text" and reading.separator is not None:
        return "tsv" if reading.separator == "\t" else "csv"
    return form


def read_stream(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Chunk]:
    """Chunks of records from the open binary `stream`; `name` tells the format, and who failed.

    Raises:
        InputError: the content is not what format, encoding or column say.
    """
    form, packing = form_of(name, reading), format_of(name)[1]
    try:
        with unpacked(stream, packing, name) as plain:
            if form == "parquet" and packing:
                raise InputError(f"{name}: unpack it first; a parquet file is packed inside")
            if form == "parquet":
                chunks = parquet_chunks(plain, name, reading)
            else:
                blocks = text_blocks(plain, name, reading.encoding, reading.errors)
                chunks = text_format(form, blocks, name, reading)
            if reading.labels is not None and form not in TABLES:
                if reading.labels not in PLACES:
                    raise InputError(
                        f"{name}: --labels {reading.labels}: has no columns, read as {form}; name "
                        "tables alone, or label lines by file or folder"
                    )
                chunks = placed(chunks, name, str(reading.labels))
            yield from whittled(chunks, reading)
    except EOFError as error:
        raise InputError(f"{name}: is not a whole {packing} file ({error})") from None


def text_format(form: str, blocks: Iterator[str], name: str, reading: Reading) -> Iterator[Chunk]:
    """Chunks of records from decoded text in the format `form`."""
    if form == "docstrings":
        return iter([extracts.docstrings(whole(blocks, name))])
    if form == "python":
        text = whole(blocks, name)
        found = chain.from_iterable(extracts.literal(text, at, name) for at in reading.literals)
        return split_records(found, reading.split)
    if form == "text" and reading.split:
        return split_records(iter([whole(blocks, name)]), reading.split)
    if form == "json":
        return json_chunks(whole(blocks, name), name, reading)
    chunks = line_chunks(blocks, name)
    if reading.skip or reading.comment:
        chunks = without_top(chunks, reading.skip, reading.comment)
    if form == "jsonl":
        return jsonl_chunks(chunks, name, reading)
    if form == "fasta":
        return fasta_chunks(chunks, name, LONGEST)
    if form in ("csv", "tsv"):
        return table_chunks(chunks, name, form, reading, LONGEST)
    return chunks


def whole(blocks: Iterator[str], name: str) -> str:
    """All text at once.

    Raises:
        InputError: it is longer than `LONGEST`.
    """
    pieces, size = [], 0
    for block in blocks:
        pieces.append(block)
        size += len(block)
        if size > LONGEST:
            raise InputError(f"{name}: is longer than {LONGEST:,} characters; divide it")
    return "".join(pieces)


def text_blocks(stream: BinaryIO, name: str, encoding: str, errors: str) -> Iterator[str]:
    r"""Decoded blocks of text without byte-order mark and with every line end as ``\n``.

    Raises:
        InputError: unknown encoding, bytes that are not of it, or a NUL byte.
    """
    try:
        b"a".decode(encoding, "ignore")  # refuses what is no text encoding (rot13, zlib, …)
        decoder = codecs.getincrementaldecoder(encoding)(errors)
    except (LookupError, ValueError):
        known = "utf-8, utf-16, latin-1, cp1252, gb18030"
        raise InputError(f"--encoding {encoding}: no such encoding; there are {known} …") from None
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    lines = bytes_before = 0
    start = True
    while True:
        data = stream.read(BLOCK)
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeError as error:
            pending = decoder.getstate()[0]
            raise undecodable(
                error, pending + data, bytes_before - len(pending), lines, name, encoding
            ) from None
        if start and text.startswith("\ufeff"):
            text = text[1:]
        nul = text.find("\0")
        if nul >= 0:
            line = lines + text.count("\n", 0, nul) + 1
            raise nul_found(name, data, line, first=start, encoding=encoding)
        start = start and not text
        lines += text.count("\n")
        bytes_before += len(data)
        if block := ends.decode(text, final=not data):
            yield block
        if not data:
            return


def undecodable(
    error: UnicodeError, data: bytes, before: int, lines: int, name: str, encoding: str
) -> InputError:
    """The failure that names line, byte and remedy for bytes that are not of `encoding`."""
    at = error.start if isinstance(error, UnicodeDecodeError) else 0
    if before <= 0 and data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return InputError(f"{name}: is UTF-16 text; give --encoding utf-16")
    if before <= 0 and (likely := utf16_of(data[:8192])) not in ("", encoding):
        return InputError(f"{name}: looks like UTF-16 text; give --encoding {likely}")
    if before <= 0 and is_binary(data[:8192]):
        return InputError(f"{name}: is a binary file, not text")
    line = lines + data[:at].count(b"\n") + 1
    byte = f" (0x{data[at]:02x})" if at < len(data) else ""
    return InputError(
        f"{name}: line {line}, byte {before + at}{byte} is not {encoding}; "
        "give the file's --encoding (latin-1, gb18030, …) or --errors replace|ignore"
    )


def nul_found(name: str, data: bytes, line: int, *, first: bool, encoding: str) -> InputError:
    """The failure for a NUL: a binary file, text in another encoding, or a stray byte."""
    if first and (likely := utf16_of(data[:8192])) not in ("", encoding):
        return InputError(f"{name}: looks like UTF-16 text; give --encoding {likely}")
    if first and is_binary(data[:8192]):
        return InputError(f"{name}: is a binary file, not text")
    return InputError(f"{name}: line {line} holds a NUL byte; remove it, or it is not a text file")


def decoded(head: bytes, encoding: str) -> str | None:
    """The text that `head`, whose end may be cut, is in an encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError:
        return None


def utf16_of(head: bytes) -> str:
    """The UTF-16 that `head` seems to be in, or ``""``.

    Spaces, line ends and letters of ASCII have a zero byte, mostly on the same side, and what is
    decoded is text: no control characters, nothing that is not assigned.
    """
    sides = head[::2].count(0), head[1::2].count(0)
    if not any(sides) or (not is_binary(head) and decoded(head, "utf-8") is not None):
        return ""  # nothing of the kind, or text with a stray zero
    encodings = ["utf-16-be", "utf-16-le"] if sides[0] > sides[1] else ["utf-16-le", "utf-16-be"]
    return next((each for each in encodings if is_text(decoded(head, each))), "")


def is_text(found: str | None) -> bool:
    """Whether what was decoded is white space and characters that stand for something."""
    strange = ("Cc", "Cn", "Co", "Cs")
    return found is not None and all(
        char in "\t\n\r\f\v" or unicodedata.category(char) not in strange for char in found
    )


def is_binary(head: bytes) -> bool:
    """Whether control bytes that no text holds make up a good part of `head`."""
    control = sum(byte < 32 and byte not in b"\t\n\r\f\v\x1b" for byte in head)
    return control > 0.05 * len(head)


def line_chunks(blocks: Iterator[str], name: str) -> Iterator[Chunk]:
    """The lines of a text given in blocks; the last one needs no line end.

    Raises:
        InputError: a line is longer than `LONGEST`.
    """
    pieces: list[str] = []
    size = before = 0
    for block in blocks:
        lines = block.split("\n")
        if len(lines) == 1:
            pieces.append(block)
            size += len(block)
            if size > LONGEST:
                raise InputError(
                    f"{name}: line {before + 1} is longer than {LONGEST:,} characters; "
                    "break it into lines, or it is not a text file"
                )
            continue
        lines[0] = "".join(pieces) + lines[0]
        pieces = [lines.pop()]
        size = len(pieces[0])
        before += len(lines)
        yield lines
    if any(pieces):
        yield ["".join(pieces)]


def without_top(chunks: Iterator[Chunk], skip: int, comment: str | None) -> Iterator[Chunk]:
    """The chunks without their first `skip` lines and without lines that start with `comment`."""
    for chunk in chunks:
        rest = chunk[skip:]
        skip = max(skip - len(chunk), 0)
        yield [line for line in rest if not line.startswith(comment)] if comment else rest


def split_records(texts: Iterator[str], pattern: str | None) -> Iterator[Chunk]:
    """Each text cut at `pattern` (groups in it do not become records)."""
    cut = re.compile(pattern) if pattern else None
    for text in texts:
        if cut is None:
            yield [text]
            continue
        ends = [(0, 0), *(match.span() for match in cut.finditer(text)), (len(text), 0)]
        yield [text[a:b] for (_, a), (b, _) in pairwise(ends)]


def whittled(chunks: Iterator[Chunk], reading: Reading) -> Iterator[Chunk]:
    """The records without what `remove` names and within the bounds on words."""
    if reading.remove:
        gone = re.compile(reading.remove)
        chunks = (rewritten(chunk, [gone.sub("", each) for each in chunk]) for chunk in chunks)
    if reading.min_words is None and reading.max_words is None:
        return chunks
    low, high = reading.min_words or 0, reading.max_words or sys.maxsize
    return (some_of(chunk, [low <= len(e.split()) <= high for e in chunk]) for chunk in chunks)
