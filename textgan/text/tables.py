"""One column of a table, of JSON lines or of a parquet file, as chunks of strings."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

from textgan.errors import InputError, first_line
from textgan.text.labels import PLACES, Labelled, paired, place_of
from textgan.text.reading import Chunk, Reading, chunked

ROWS = 1 << 10  # of a parquet file, read together
TEXTS = ("string", "large_string", "string_view")
LABELS = (
    *TEXTS, "null", "bool", "halffloat", "float", "double",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)  # fmt: skip
"""Types that a column of a parquet file may have, of text and of labels."""
LIKELY = ";\t|"
"""Separators that a file's ending does not tell."""


def pick_column(
    names: list[str], column: str | int | None, name: str, option: str = "column"
) -> int:
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
            f"{name}: --{option} {column!s:.20}: it has {len(names)} columns, counted from 0"
        )
    raise InputError(f"{name}: no --{option} {column:.60}; it has: {shown}")


def pick_columns(names: list[str], reading: Reading, name: str) -> tuple[int, int | None]:
    """The positions of the wanted column and of that of labels.

    There is none of labels where none are wanted, or one of `PLACES` gives them.

    Raises:
        InputError: as `pick_column`.
    """
    if reading.labels is None or (reading.labels in PLACES and reading.labels not in names):
        return pick_column(names, reading.column, name), None
    label = pick_column(names, reading.labels, name, "labels")
    if reading.column is None and len(names) == 2:  # the one that is left is the text
        return 1 - label, label
    at = pick_column(names, reading.column, name)
    if at == label:
        raise InputError(f"{name}: --labels {reading.labels}: is the column of the text itself")
    return at, label


def table_chunks(
    chunks: Iterator[Chunk], name: str, form: str, reading: Reading, longest: int
) -> Iterator[Chunk]:
    """One column of a csv or tsv table, and the labels of its rows where they are wanted.

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

    def kept() -> Iterator[list[str]]:
        nonlocal ended
        for row in rows:
            ended = rows.line_num
            yield row

    def cell(row: list[str], at: int) -> str:
        return row[at] if at < len(row) else ""

    try:
        first = next(rows, None)
        if first is None:
            return
        ended, body = rows.line_num, kept()
        if reading.header:
            names = header(first, name, reading)
        else:
            names, body = [str(n) for n in range(len(first))], chain([first], body)
        at, beside = pick_columns(names, reading, name)
        if reading.labels is None:  # `cell`, without a call a row
            yield from chunked(row[at] if at < len(row) else "" for row in body)
        elif beside is None:
            label = place_of(name, str(reading.labels))
            yield from paired((cell(row, at), label) for row in body)
        else:
            yield from paired((cell(row, at), cell(row, beside)) for row in body)
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
    field = Field(reading, name)
    number = 0
    for chunk in chunks:
        records, labels = [], []
        for line in chunk:
            number += 1
            if line.strip():
                where = f"{name}: line {number}"
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    raise InputError(f"{where} is not JSON") from None
                record, label = field.pair(value, where)
                records.append(record)
                labels.append(label)
        yield records if reading.labels is None else Labelled(records, labels)


def json_chunks(text: str, name: str, reading: Reading) -> Iterator[Chunk]:
    """The strings, or one field of the objects, of a JSON array, or of a JSON value a line."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        yield from jsonl_chunks(iter([text.split("\n")]), name, reading)
        return
    if not isinstance(values, list):
        values = [values]
    field = Field(reading, name)
    numbered = enumerate(values, start=1)
    pairs = (field.pair(value, f"{name}: value {number}") for number, value in numbered)
    yield from chunked(text for text, _ in pairs) if reading.labels is None else paired(pairs)


class Field:
    """The text of JSON values: strings, or one field of objects, the same field of all.

    The first object decides which it is, and which the label's; one without it holds no text.
    """

    def __init__(self, reading: Reading, name: str) -> None:
        self.reading = reading
        self.key: str | None = None
        self.label_key: str | None = None
        self.label = place_of(name, str(reading.labels)) if reading.labels in PLACES else ""

    def pair(self, value: Any, where: str) -> tuple[str, str]:
        """The text that a value holds, and its label; `where` stands in messages.

        Raises:
            InputError: it holds something else.
        """
        label = self.label
        if isinstance(value, dict):
            if self.key is None:
                keys = list(value)
                at, beside = pick_columns(keys, self.reading, where)
                self.key = keys[at]
                self.label_key = None if beside is None else keys[beside]
            if self.label_key is not None:
                label = label_text(value.get(self.label_key), where)
            value = value.get(self.key)
        if value is None:
            return "", label
        if not isinstance(value, str):
            raise InputError(f"{where}: {json.dumps(value)[:40]} is not a string")
        if value.isascii():
            return value, label
        # Half a surrogate pair is the one thing that JSON says and UTF-8 cannot.
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "replace"), label


def label_text(value: Any, where: str) -> str:
    """A label as text: a string, or a number or truth value as JSON writes it.

    Raises:
        InputError: it is something else.
    """
    if value is None or value != value:  # what is no number stands for none, in pandas' files
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise InputError(f"{where}: --labels: {value!r:.40} is neither a string nor a number")


def parquet_chunks(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Chunk]:
    """One string column of a parquet file, and that of labels, a batch of rows at a time."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(stream if stream.seekable() else io.BytesIO(stream.read()))
        schema = file.schema_arrow
        at, beside = pick_columns(schema.names, reading, name)
        columns = [schema.names[i] for i in (at, beside) if i is not None]
        asked = zip(("column", "labels"), columns, (TEXTS, LABELS), strict=False)
        for option, column, kinds in asked:
            if schema.names.count(column) > 1:
                raise InputError(f"{name}: --{option} {column}: it has several called so")
            kind = schema.field(column).type
            if arrow.types.is_dictionary(kind):  # categories, as pandas has them
                kind = kind.value_type
            if str(kind) not in kinds:
                wanted = "strings" if kinds is TEXTS else "strings or numbers"
                raise InputError(f"{name}: --{option} {column} holds {kind}, not {wanted}")
        batches = (
            [batch.column(column).to_pylist() for column in columns]
            for batch in file.iter_batches(batch_size=ROWS, columns=columns)
        )
        if reading.labels is None:
            yield from chunked(text or "" for (texts,) in batches for text in texts)
        elif beside is None:
            label = place_of(name, str(reading.labels))
            yield from paired((text or "", label) for (texts,) in batches for text in texts)
        else:
            rows = (row for batch in batches for row in zip(*batch, strict=True))
            yield from paired((text or "", label_text(own, name)) for text, own in rows)
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: is not a parquet file ({first_line(error)})") from None
