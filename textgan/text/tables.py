"""One column of a table, of JSON lines or of a parquet file, as chunks of strings."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, BinaryIO

from textgan.errors import InputError, first_line
from textgan.text.reading import Chunk, Reading

ROWS = 1 << 16


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
    chunks: Iterator[Chunk], name: str, form: str, reading: Reading
) -> Iterator[Chunk]:
    """One column of a csv or tsv table.

    Rows that are blank or too short for the column are blank records.
    """
    lines = (line + "\n" for chunk in chunks for line in chunk)
    separator = reading.separator or ("," if form == "csv" else "\t")
    quote = '"' if form == "csv" else None
    if len(separator) != 1 or separator in ("\n", "\r", quote):
        raise InputError(
            f"{name}: no {form} table is separated by {separator!r}; name one other character"
        )
    rows: Iterator[list[str]] = csv.reader(
        lines,
        delimiter=separator,
        quotechar=quote,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    try:
        first = next(rows, None)
        if first is None:
            return
        if reading.header:
            at = pick_column(first, reading.column, name)
        else:
            numbers = [str(number) for number in range(len(first))]
            at = pick_column(numbers, reading.column, name)
            rows = chain([first], rows)
        while batch := list(islice(rows, ROWS)):
            yield [row[at] if at < len(row) else "" for row in batch]
    except csv.Error as error:
        raise InputError(f"{name}: is not a {form} table ({error}); is it a text file?") from None


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
    for start in range(0, len(values), ROWS):
        batch = enumerate(values[start : start + ROWS], start=start + 1)
        yield [field.text(value, f"{name}: value {number}") for number, value in batch]


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
        if not (arrow.types.is_string(kind) or arrow.types.is_large_string(kind)):
            raise InputError(f"{name}: --column {column} holds {kind}, not strings")
        for batch in file.iter_batches(batch_size=ROWS, columns=[column]):
            yield [text or "" for text in batch.column(0).to_pylist()]
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: is not a parquet file ({first_line(error)})") from None
