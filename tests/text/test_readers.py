"""Readers: no symbol lost or added, whatever the file; what is no text is refused in one line."""

import bz2
import csv
import errno
import gzip
import io
import json
import lzma

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from textgan.errors import InputError
from textgan.text import readers, reading
from textgan.text.packed import PACKED
from textgan.text.readers import read_stream
from textgan.text.reading import Reading


def read(data, name="a.txt", **reading):
    chunks = read_stream(io.BytesIO(data), name, Reading(**reading))
    return [line for chunk in chunks for line in chunk]


def packed(data, ending):
    packers = {
        "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress,
    }  # fmt: skip
    return packers[ending](data)


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
lines_of_text = st.lists(
    text.map(lambda line: line.replace("\r", "").replace("\n", "")), max_size=8
)


@given(
    lines_of_text,
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 9),
)
def test_lines_come_back_whole(lines, end, final, bom, block):
    r"""Whatever line end, byte-order mark and blocks there are; U+2028 and \f end no line."""
    if lines and lines[0].startswith("\ufeff"):
        lines[0] = lines[0].lstrip("\ufeff")
    data = ("\ufeff" * bom + end.join(lines) + end * final).encode()
    old, readers.BLOCK = readers.BLOCK, block
    try:
        found = read(data)
    finally:
        readers.BLOCK = old
    expected = "\n".join(lines).split("\n") if lines else []
    while found and not found[-1]:
        found.pop()
    while expected and not expected[-1]:
        expected.pop()
    assert found == expected


@pytest.mark.parametrize("ending", PACKED)
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv"])
def test_packed_files(name, ending):
    data = {"a.txt": "ä\nb\n", "a.jsonl": '"ä"\n"b"\n', "a.csv": "x\nä\nb\n"}[name].encode()
    assert read(packed(data, ending), f"{name}.{ending}") == ["ä", "b"]
    with pytest.raises(InputError, match=f"not a whole {ending} file"):
        read(packed(data, ending)[:-6], f"{name}.{ending}")
    with pytest.raises(InputError, match=f"not a whole {ending} file"):
        read(data, f"{name}.{ending}")


@pytest.mark.parametrize("ending", PACKED)
def test_packed_files_one_after_another_are_one(ending):
    data = packed(b"a\n", ending) + packed(b"b\n", ending)
    assert read(data, f"x.txt.{ending}") == ["a", "b"]


def test_a_disk_that_fails_is_not_the_files_damage():
    class Failing(io.BytesIO):
        def read(self, size=-1):
            raise OSError(errno.EIO, "Input/output error")

    for ending in PACKED:
        with pytest.raises(OSError, match="Input/output"):
            list(read_stream(Failing(b"x"), f"x.txt.{ending}", Reading()))


def test_unknown_endings_are_text():
    assert read(b"a,b\nc\n", "poems.md") == ["a,b", "c"]


@given(st.lists(st.lists(text, min_size=2, max_size=2), min_size=1, max_size=5))
def test_csv_as_the_csv_module_writes_it(rows):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["one", "two"], *rows])
    data = out.getvalue().encode()
    expected = [row[1].replace("\r\n", "\n").replace("\r", "\n") for row in rows]
    assert read(data, "a.csv", column="two") == expected
    assert read(data, "a.csv", column="1") == expected
    assert read(data, "a.csv", column=1, header=False) == ["two", *expected]


def test_tsv_fields_are_never_quoted():
    assert read(b'x\ty\n"a\t1\nb"\t2\n', "a.tsv", column="x") == ['"a', 'b"']
    assert read(b'x"y\na"1\n', "a.tsv", column="y", separator='"') == ["1"]


@pytest.mark.parametrize("separator", ["ab", "\n", "\r", '"'])
def test_what_separates_no_table_is_told(separator):
    with pytest.raises(
        InputError, match=r"no csv table is separated by .*name one other character"
    ):
        read(b"x\na\n", "a.csv", separator=separator)


def test_columns():
    assert read(b"text,n\na,1\n", "a.csv") == ["a"]
    assert read(b"smiles\nCC\n", "a.csv") == ["CC"]
    with pytest.raises(InputError, match="name one of its columns with --column: a, b"):
        read(b"a,b\n1,2\n", "a.csv")
    with pytest.raises(InputError, match="no --column c; it has: a, b"):
        read(b"a,b\n1,2\n", "a.csv", column="c")
    with pytest.raises(InputError, match="has 2 columns, counted from 0"):
        read(b"a,b\n1,2\n", "a.csv", column="2")


@given(st.lists(text, max_size=6), st.booleans())
def test_jsonl(values, ascii_only):
    rows = [json.dumps(value, ensure_ascii=ascii_only) for value in values]
    assert read("\n".join(rows).encode(), "a.jsonl") == values
    rows = [json.dumps({"n": 1, "text": value}, ensure_ascii=ascii_only) for value in values]
    assert read("\n".join(rows).encode(), "a.jsonl") == values


def test_jsonl_that_is_not():
    with pytest.raises(InputError, match="line 2 is not JSON"):
        read(b'"a"\n{"b"\n', "a.jsonl")
    with pytest.raises(InputError, match=r"line 1: 3\.5 is not a string"):
        read(b"3.5\n", "a.jsonl")
    with pytest.raises(InputError, match="no --column c; it has: b"):
        read(b'{"b": "x"}\n', "a.jsonl", column="c")
    read(b'"\\ud800"\n', "a.jsonl")[0].encode()


def test_parquet():
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    out = io.BytesIO()
    parquet.write_table(arrow.table({"text": ["ä", None, "b"], "n": [1, 2, 3]}), out)
    assert read(out.getvalue(), "a.parquet") == ["ä", "", "b"]
    with pytest.raises(InputError, match="--column n holds int64"):
        read(out.getvalue(), "a.parquet", column="n")
    with pytest.raises(InputError, match="is not a parquet file"):
        read(b"PAR1 not PAR1", "a.parquet")


def test_invalid_utf8_names_line_byte_and_remedy():
    with pytest.raises(
        InputError, match=r"line 3, byte 7 \(0xff\) is not utf-8.*--encoding.*--errors"
    ):
        read(b"ab\ncd\nx\xffy\n")
    assert read(b"x\xffy\n", errors="replace") == ["x\ufffdy"]
    assert read(b"x\xffy\n", errors="ignore") == ["xy"]
    assert read(b"x\xe4y\n", encoding="latin-1") == ["xäy"]
    assert read("汉字".encode("gb18030"), encoding="gb18030") == ["汉字"]


@pytest.mark.parametrize("block", [1, 2, 3, 1 << 20])
def test_the_byte_is_right_wherever_blocks_fall(block, monkeypatch):
    monkeypatch.setattr(readers, "BLOCK", block)
    with pytest.raises(InputError, match=r"line 2, byte 6 \(0xe2\)"):
        read("é\nab".encode() + b"c\xe2x\n")


def test_binary_and_nul():
    with pytest.raises(InputError, match="is a binary file"):
        read(bytes(range(256)) * 20)
    with pytest.raises(InputError, match="is a binary file"):
        read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0")
    with pytest.raises(InputError, match="line 2 holds a NUL byte"):
        read(b"a long enough line of text\nand ano\0ther one\n")
    with pytest.raises(InputError, match="line 2 holds a NUL byte"):
        read("a long enough line öf text\nand\0 another one\n".encode())
    with pytest.raises(InputError, match="give --encoding utf-16"):
        read("some text".encode("utf-16"))
    with pytest.raises(InputError, match="give --encoding utf-16"):
        read("some text".encode("utf-16-le"))
    assert read("some text".encode("utf-16"), encoding="utf-16") == ["some text"]


@pytest.mark.parametrize("encoding", ["utf-9", "rot13", "zlib", "undefined", "a\0b", "idna "])
def test_encodings_that_are_none(encoding):
    with pytest.raises(InputError, match="--encoding"):
        read(b"a\xff\n", encoding=encoding)


def test_skip_comment_split_remove_and_words():
    assert read(b"1\n2\n#3\n4\n", skip=1, comment="#") == ["2", "4"]
    assert read(b"a. b\nc. d", split=r"\.\s", remove="[c]") == ["a", "b\n", "d"]
    assert read(b"a b c\na b\na\n", min_words=2, max_words=2) == ["a b"]


def test_python_literals_are_read_and_never_run():
    source = b'raise SystemExit\nclass A:\n    s = {"b", "a"}\nd = {"k": "x,y".split(",")}\n'
    assert read(source, "m.py", format="python", literals=("A.s",)) == ["a", "b"]
    assert read(source, "m.py", format="python", literals=("d.k",), split=",") == ["x", "y"]
    with pytest.raises(InputError, match="holds no value d\\.z"):
        read(source, "m.py", format="python", literals=("d.z",))
    with pytest.raises(InputError, match="is not Python source"):
        read(b"def", "m.py", format="python", literals=("d",))


def test_docstrings():
    source = b'"""Title.\n\nMore."""\ndef f():\n    """Do this. Then\n    that."""\n'
    assert read(source, "m.py", format="docstrings") == ["Title.", "Do this.", "Then that."]


@pytest.mark.filterwarnings("error")
def test_what_python_would_warn_of_in_a_source_is_not_said():
    source = b'def f():\n    "Match \\d digits."\n\nd = ["\\w"]\n'
    assert read(source, "m.py", format="docstrings") == ["Match \\d digits."]
    assert read(source, "m.py", format="python", literals=("d",)) == ["\\w"]


def test_a_line_of_many_blocks():
    line = "ab" * 3_000_000
    assert read((line + "\nc").encode()) == [line, "c"]


names = [
    "a.txt",
    "a.csv",
    "a.tsv",
    "a.jsonl",
    "a.txt.gz",
    "a.csv.zst",
    "a.txt.xz",
    "a.csv.bz2",
    "a.parquet",
]
encodings = ["utf-8", "utf-16", "latin-1", "gb18030", "utf-7", "shift_jis"]


@given(
    st.binary(max_size=60),
    st.sampled_from(names),
    st.sampled_from(encodings),
    st.sampled_from(["strict", "replace", "ignore"]),
)
def test_any_bytes_are_lines_or_one_line_of_complaint(data, name, encoding, errors):
    try:
        for line in read(data, name, encoding=encoding, errors=errors):
            assert isinstance(line, str)
    except InputError as error:
        assert str(error).count("\n") <= 1


def test_one_field_of_all_json_lines():
    rows = (
        b'{"text": "a", "label": "x"}\n{"label": "y"}\n{"text": null}\n{"label": 1, "text": "b"}\n'
    )
    assert read(rows, "a.jsonl") == ["a", "", "", "b"]
    # By number, too: the one that the first line has there.
    turned = b'{"a": "1", "b": "2"}\n{"b": "3", "a": "4"}\n'
    assert read(turned, "a.jsonl", column=1) == ["2", "3"]


def test_json_is_an_array_or_a_value_a_line():
    values = [{"text": "a\nb"}, {"text": "ü"}]
    assert read(json.dumps(values, indent=1).encode(), "a.json") == ["a\nb", "ü"]
    assert read(b'["a", "b", null]', "a.json") == ["a", "b", ""]
    assert read(b'{"text": "a"}\n\n{"text": "b"}\n', "a.json") == ["a", "b"]
    assert read(b'{"text": "a"}', "a.json") == ["a"]
    with pytest.raises(InputError, match="line 1 is not JSON"):
        read(b"[", "a.json")
    with pytest.raises(InputError, match=r"a\.json: value 2: 3 is not a string"):
        read(b'["a", 3]', "a.json")


@pytest.mark.parametrize("block", [1, 7, 1 << 20])
def test_sequences_of_fasta(block, monkeypatch):
    monkeypatch.setattr(readers, "BLOCK", block)
    data = b"; by hand\n>one x\nACGT\nAC\n\n>two\n>three\r\nTT \r\n"
    assert read(data, "a.fasta") == ["ACGTAC", "TT"]
    assert read(gzip.compress(data), "a.fa.gz") == ["ACGTAC", "TT"]


def test_fasta_without_names_and_too_long(monkeypatch):
    assert read(b"ACGT\nTT\n", "a.fa") == ["ACGT", "TT"]
    monkeypatch.setattr(readers, "LONGEST", 5)
    with pytest.raises(InputError, match="longer than 5 symbols"):
        read(b">a\nACG\nTAA\n", "a.fa")


def test_chunks_of_long_records_are_ended_by_their_size(monkeypatch):
    monkeypatch.setattr(reading, "CHARACTERS", 10)
    monkeypatch.setattr(reading, "LINES", 3)
    records = ["a"] * 7 + ["b" * 8] * 3 + ["c" * 30, "d"]
    chunks = list(reading.chunked(records))
    assert [len(chunk) for chunk in chunks] == [3, 3, 3, 2, 1]
    assert [record for chunk in chunks for record in chunk] == records
    assert list(reading.chunked([])) == []


@pytest.mark.parametrize(
    "text", ["é, some text\n", "Привет, мир\n", "汉字 and\n", "语言模型语言模型语言模型\n"]
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("given", ["utf-8", "utf-16"])
def test_utf_16_without_a_mark_is_told(text, encoding, given):
    data = (text * 20).encode(encoding)
    with pytest.raises(InputError, match=f"looks like UTF-16 text; give --encoding {encoding}"):
        read(data, encoding=given)
    assert read(data, encoding=encoding) == [text[:-1]] * 20


def test_a_long_window_of_zstandard_is_told():
    parameters = zstandard.ZstdCompressionParameters(window_log=28, enable_ldm=True)
    data = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    whole = data.compress(b"a line\n" * 1000) + data.flush()
    with pytest.raises(InputError, match=r"a\.txt\.zst: .*zstd -d --long=31"):
        read(whole, "a.txt.zst")


def test_a_line_that_is_too_long_is_named(monkeypatch):
    monkeypatch.setattr(readers, "LONGEST", 10)
    monkeypatch.setattr(readers, "BLOCK", 4)
    with pytest.raises(InputError, match=r"a\.txt: line 3 is longer than 10 .*break it"):
        read(b"a\nb\n" + b"c" * 30)


@pytest.mark.parametrize("block", [1, 2, 3, 5, 1 << 20])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_only_a_mark_at_the_files_start_goes(block, mark, monkeypatch):
    monkeypatch.setattr(readers, "BLOCK", block)
    assert read(f"{mark}ab\ufeffc\n\ufeffd".encode()) == ["ab\ufeffc", "\ufeffd"]
    assert read(f"{mark}ab\ufeff".encode("utf-16-le"), encoding="utf-16-le") == ["ab\ufeff"]


@pytest.mark.parametrize("block", [1, 2, 4, 6, 1 << 20])
def test_lines_left_out_at_the_top_are_as_many_wherever_blocks_fall(block, monkeypatch):
    monkeypatch.setattr(readers, "BLOCK", block)
    data = b"1\n2\n3\n4\n#\n5\n"
    assert read(data, skip=3) == ["4", "#", "5"]
    assert read(data, skip=1, comment="#") == ["2", "3", "4", "5"]
    assert read(b"by hand\n\na,b\n1,x\n2,y\n", "a.csv", skip=2, column="b") == ["x", "y"]
    assert read(data, skip=7) == []
