"""The encoded corpus: a .npy file of the smallest type, with rows as the tokenizer gives them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgan.errors import WorldError
from textgan.text.encoded import (
    HEADER,
    dtype_for,
    encode_split,
    npy_header,
    open_rows,
    stored_chunks,
)
from textgan.text.splits import SPLITS, line_hashes, split_numbers, spread
from textgan.text.tokenizer import UNKNOWN, Tokenizer


@pytest.mark.parametrize(
    ("size", "name"),
    [(4, "uint8"), (256, "uint8"), (257, "uint16"), (65_536, "uint16"), (65_537, "uint32")],
)
def test_smallest_type(size, name):
    assert dtype_for(size) == np.dtype(name)


@given(st.integers(0, 5), st.integers(1, 4), st.sampled_from(["u1", "<u2", "<u4"]))
def test_header_is_numpys_own(tmp_path_factory, rows, length, kind):
    values = np.arange(rows * length, dtype=kind).reshape(rows, length)
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    header = npy_header(values.dtype, rows, length)
    path.write_bytes(header + values.tobytes())
    assert len(header) == HEADER
    np.testing.assert_array_equal(np.load(path), values)
    assert open_rows(path).dtype == values.dtype
    np.testing.assert_array_equal(open_rows(path), values)


def test_a_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    data = npy_header(np.dtype("u1"), 3, 2) + bytes(6)
    for size in (0, 5, HEADER, len(data) - 1):
        path.write_bytes(data[:size])
        with pytest.raises(WorldError, match=r"a\.npy: is not an encoded corpus"):
            open_rows(path)


@pytest.mark.parametrize(("unknown", "kept"), [("skip", ["ab", "b"]), ("keep", ["ab", "axb", "b"])])
def test_lines_with_unknown_symbols(tmp_path, unknown, kept):
    tokenizer = Tokenizer.train("char", ["ab"])
    chunks, told = iter([["ab", "axb"], ["b"]]), []
    rows, strangers, of_label = encode_split(
        chunks, tmp_path, "test", tokenizer, 4, unknown=unknown, names=[], done=told.append
    )
    assert (rows, strangers, of_label, sum(told)) == (len(kept), 1, [], 3)
    assert [line for chunk in stored_chunks(tmp_path / "test.txt") for line in chunk] == kept
    ids = open_rows(tmp_path / "test.npy")
    assert ids.shape == (len(kept), 4)
    assert (ids == UNKNOWN).any() == (unknown == "keep")
    np.testing.assert_array_equal(ids, tokenizer.encode_batch(kept, 4))


def test_hashes_stand_for_ever():
    """The split of a line is a promise to every corpus prepared so far."""
    assert [hex(value) for value in line_hashes(["a", "汉", ""])] == HASHES
    assert list(split_numbers(np.array([0, 79, 80, 89, 90, 99, 179], np.uint64))) == [
        0,
        0,
        1,
        1,
        2,
        2,
        0,
    ]


HASHES = ["0x2300248c6f8f7552", "0x136e6fb2b9135480", "0x84abe1e4bfc55b61"]


def test_splits_have_their_shares():
    numbers = split_numbers(line_hashes([str(i) for i in range(20_000)]))
    shares = np.bincount(numbers, minlength=len(SPLITS)) / 20_000
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.01)  # four standard errors


def test_some_are_taken_from_all_over():
    assert spread(range(10), 3) == [0, 3, 6]
    assert spread("abcdefg", 2) == ["a", "d"]
    assert spread("abc", 3) == spread("abc", 9) == ["a", "b", "c"]
    assert spread("abc", 0) == []
