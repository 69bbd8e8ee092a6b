"""One column of a table, of JSON lines or of a parquet file, as chunks of strings."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from textgan.errors import InputError, first_line
from textgan.text.reading import Chunk, Reading, chunked

ROWS = 1 << 10  # of a parquet file, read together
LIKELY = ";\t|"
"""Separators that a file's ending does not tell."""


def pick_column(names: list[str], column: str | int | None, name: str) -> int:
    """The position of the wanted column; without a wish the only one, or the one named "text".

    Raises:
        InputError: no such column, or several and none named.
    """
    shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    if column is None:
        if len(names) == 1:
            return 0
        if "text" in names:
            return names.index("text")
        raise InputError(f"{name}: name one of its columns with --column: {shown}")
    if column in names:
        return names.index(str(column))
    if isinstance(column, int) or (column.isascii() and column.isdigit()):
        if len(str(column)) < 10 and 0 <= int(column) < len(names):
            return int(column)
        raise InputError(
            f"{name}: --column {column!s:.20}: it has {len(names)} columns, counted from 0"
        )
    raise InputError(f"{name}: no --column {column:.60}; it has: {shown}")


def table_chunks(
    chunks: Iterator[Chunk], name: str, form: str, reading: Reading, longest: int
) -> Iterator[Chunk]:
    """One column of a csv or tsv table.

    Rows that are blank or too short for the column are blank records.

    Raises:
        InputError: a separator that cannot be, or seems to be another; no such column; a field of
            more than `longest` characters.
    """
    lines = (line + "\n" for chunk in chunks for line in chunk)
    separator = reading.separator or ("," if form == "csv" else "\t")
    quote = '"' if form == "csv" else None
    if len(separator) != 1 or separator in ("\n", "\r", quote):
        raise InputError(
            f"{name}: no {form} table is separated by {separator!r}; name one other character"
        )
    # Of the whole process: it only ever has to be as large as a line may be.
    csv.field_size_limit(longest)
    rows = csv.reader(
        lines,
        delimiter=separator,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    ended = 0  # the last line of the last whole row

    def fields() -> Iterator[str]:
        nonlocal ended
        first = next(rows, None)
        if first is None:
            return
        ended = rows.line_num
        if reading.header:
            at = pick_column(header(first, name, reading), reading.column, name)
            kept: Iterator[list[str]] = rows
        else:
            at = pick_column([str(n) for n in range(len(first))], reading.column, name)
            kept = chain([first], rows)
        for row in kept:
            ended = rows.line_num
            yield row[at] if at < len(row) else ""

    try:
        yield from chunked(fields())
    except csv.Error as error:
        why = str(error)
        if "field limit" in why:
            why = f"a field longer than {longest:,} characters; an unclosed quote?"
        raise InputError(
            f"{name}: is not a {form} table from line {ended + 1} on ({why}); "
            "mend the row, or is it a text file?"
        ) from None


def header(first: list[str], name: str, reading: Reading) -> list[str]:
    """The names of the columns.

    Raises:
        InputError: they seem to be several that another separator divides, and none is given.
    """
    if reading.separator is None and len(first) == 1:
        other = next((each for each in LIKELY if each in first[0]), None)
        if other is not None:
            shown = "tab" if other == "\t" else f"'{other}'"
            raise InputError(
                f"{name}: is it separated by {shown}? Its first row is a single field, "
                f"{first[0]!r:.60}; give --separator {shown}, or --separator , for one column"
            )
    return first


def jsonl_chunks(chunks: Iterator[Chunk], name: str, reading: Reading) -> Iterator[Chunk]:
    """The strings, or one field of the objects, of a file with a JSON value a line."""
    field = Field(reading)
    number = 0
    for chunk in chunks:
        records = []
        for line in chunk:
            number += 1
            if line.strip():
                where = f"{name}: line {number}"
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    raise InputError(f"{where} is not JSON") from None
                records.append(field.text(value, where))
        yield records


def json_chunks(text: str, name: str, reading: Reading) -> Iterator[Chunk]:
    """The strings, or one field of the objects, of a JSON array, or of a JSON value a line."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        yield from jsonl_chunks(iter([text.split("\n")]), name, reading)
        return
    if not isinstance(values, list):
        values = [values]
    field = Field(reading)
    numbered = enumerate(values, start=1)
    yield from chunked(field.text(value, f"{name}: value {number}") for number, value in numbered)


class Field:
    """The text of JSON values: strings, or one field of objects, the same field of all.

    The first object decides which it is; one without it holds no text.
    """

    def __init__(self, reading: Reading) -> None:
        self.column = reading.column
        self.key: str | None = None

    def text(self, value: Any, where: str) -> str:
        """The text that a value holds; `where` stands in messages.

        Raises:
            InputError: it holds something else.
        """
        if isinstance(value, dict):
            if self.key is None:
                keys = list(value)
                self.key = keys[pick_column(keys, self.column, where)]
            value = value.get(self.key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise InputError(f"{where}: {json.dumps(value)[:40]} is not a string")
        if value.isascii():
            return value
        # Half a surrogate pair is the one thing that JSON says and UTF-8 cannot.
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def parquet_chunks(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Chunk]:
    """One string column of a parquet file, a batch of rows at a time."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(stream if stream.seekable() else io.BytesIO(stream.read()))
        schema = file.schema_arrow
        column = schema.names[pick_column(schema.names, reading.column, name)]
        kind = schema.field(column).type
        if arrow.types.is_dictionary(kind):  # categories, as pandas has them
            kind = kind.value_type
        if str(kind) not in ("string", "large_string", "string_view"):
            raise InputError(f"{name}: --column {column} holds {kind}, not strings")
        batches = file.iter_batches(batch_size=ROWS, columns=[column])
        yield from chunked(text or "" for batch in batches for text in batch.column(0).to_pylist())
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: is not a parquet file ({first_line(error)})") from None
