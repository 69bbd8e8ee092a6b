"""Cleaning: what it changes, what it leaves, and that a chunk is cleaned as its lines are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgan.text.cleaning import Cleaning, clean

options = st.builds(
    Cleaning,
    unicode=st.sampled_from(["NFC", "NFKC", "none"]),
    whitespace=st.sampled_from(["collapse", "strip", "keep"]),
    case=st.sampled_from(["keep", "lower"]),
)
odd = st.sampled_from(
    list("aAΣσs \t\n\r\x0b\x85\xa0\u2028\u3000\u0301\u0327\x07\ufb01İ\u212b\ud800\0")
)
lines = st.lists(st.text(odd | st.characters(), max_size=12), max_size=6)


@given(lines, options)
def test_a_chunk_is_cleaned_line_by_line(records, cleaning):
    assert clean(records, cleaning) == [clean([record], cleaning)[0] for record in records]


@given(lines, options)
def test_what_a_cleaned_line_is(records, cleaning):
    out = clean(records, cleaning)
    assert clean(out, cleaning) == out
    for line in out:
        assert not set(line) & set("\n\r\0\x07\ud800")
        assert line == "" or not line.isspace()
        line.encode()
        if cleaning.unicode != "none":
            assert unicodedata.is_normalized(cleaning.unicode, line)
        if cleaning.whitespace == "collapse":
            assert line == " ".join(line.split())
        elif cleaning.whitespace == "strip":
            assert line == line.strip()


@pytest.mark.parametrize(
    ("changes", "before", "after"),
    [
        ({}, " a \t b\xa0 ", "a b"),
        ({}, "e\u0301 <b>12</b>", "é <b>12</b>"),
        ({}, "ﬁ", "ﬁ"),
        ({"unicode": "NFKC"}, "ﬁ ①", "fi 1"),
        ({"unicode": "none"}, "e\u0301", "e\u0301"),
        ({"whitespace": "strip"}, " a  b\t", "a  b"),
        ({"whitespace": "keep"}, " a\tb ", " a\tb "),
        ({"whitespace": "keep"}, " \t ", ""),
        ({"case": "lower"}, "ΟΔΟΣ AB", "οδος ab"),
        ({"case": "lower"}, "H\u0331 J\u030c İ\u0323", "\u1e96 \u01f0 \u1ecb\u0307"),
        ({"case": "lower", "unicode": "none"}, "H\u0331", "h\u0331"),
        ({}, "a\x07\x1b[31mb", "a[31mb"),
        ({}, "a\nb\r\nc", "a b c"),
    ],
)
def test_examples(changes, before, after):
    assert clean([before], Cleaning(**changes)) == [after]


def test_nothing_of_nothing():
    assert clean([], Cleaning()) == []
