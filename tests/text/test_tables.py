"""Tables: fields of any length, separators that no ending tells, strings of every kind."""

import io

import pytest

from textgan.errors import InputError
from textgan.text import readers
from textgan.text.corpus import plain_lines
from textgan.text.readers import read_stream
from textgan.text.reading import Reading


def read(data, name, **reading):
    chunks = read_stream(io.BytesIO(data), name, Reading(**reading))
    return [line for chunk in chunks for line in chunk]


def test_a_field_may_be_as_long_as_a_line(monkeypatch):
    long = "word " * 40_000
    assert read(f'n,text\n1,"{long}"\n2,b\n'.encode(), "a.csv", column="text") == [long, "b"]
    monkeypatch.setattr(readers, "LONGEST", 20)
    with pytest.raises(
        InputError, match=r"a\.csv: .* from line 3 on \(a field longer than 20 .* unclosed quote"
    ):
        read(b'text\na\n"b\nccccccccccc\nddddddddddddd\n', "a.csv")


@pytest.mark.parametrize(("form", "other"), [("csv", ";"), ("csv", "\t"), ("csv", "|")])
def test_another_separator_is_told_and_given(form, other):
    data = f"a{other}b\n1{other}2\n".encode()
    shown = {"\t": "tab"}.get(other, f"'{other}'")
    with pytest.raises(InputError) as refused:
        read(data, f"a.{form}")
    assert f"is it separated by {shown}?" in str(refused.value)
    assert f"give --separator {shown}" in str(refused.value)
    assert read(data, f"a.{form}", separator=other, column="b") == ["2"]
    assert read(data, f"a.{form}", separator=",") == [f"1{other}2"]  # a single column after all
    assert read(data, f"a.{form}", header=False) == [f"a{other}b", f"1{other}2"]


@pytest.mark.parametrize("kind", ["dictionary", "large_string", "string_view"])
def test_strings_of_parquet_however_they_are_kept(kind):
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    kinds = {
        "dictionary": arrow.dictionary(arrow.int8(), arrow.string()),
        "large_string": arrow.large_string(),
        "string_view": arrow.string_view(),
    }
    out = io.BytesIO()
    column = arrow.array(["ä", None, "b", "ä"]).cast(kinds[kind])
    parquet.write_table(arrow.table({"text": column}), out)
    assert read(out.getvalue(), "a.parquet") == ["ä", "", "b", "ä"]


def test_a_separator_is_an_option(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("n;text\n1;one, two\n2;three\n")
    with pytest.raises(InputError, match="give --separator ';'"):
        plain_lines(str(path))
    assert plain_lines(str(path), separator=";") == ["one, two", "three"]
    path.write_text("n\ttext\n1\tone\n")
    for tab in ("tab", "\\t", "\t"):
        assert plain_lines(str(path), separator=tab) == ["one"]


def test_rows_too_short_for_the_column_are_blank():
    assert read(b"a,b\n1,x\n2\n\n3,y,z\n", "a.csv", column="b") == ["x", "", "", "y"]
    assert read(b"1\tx\n2\n", "a.tsv", column=1, header=False) == ["x", ""]
