"""A GPU packs the text that the tokenizer spells; here on the processor, byte for byte."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textgan.sampling.spelling import (
    MOST,
    Packing,
    packing,
    printed_pieces,
    table_of,
    text_of,
)
from textgan.text.tokenizer import FIRST, TOKENIZERS, Tokenizer

LINES = [
    "no one knows ünter",
    "the cat 日本 sat",
    "on a mat 🙂",
    "öne mat\n\r\0",
    "no cat knows",
] * 9


def learned(name):
    lines = LINES if name == "byte-bpe" else [line.split("\n")[0] for line in LINES]
    sizes = {} if name in ("char", "byte") else {"vocab_size": 320 if name == "byte-bpe" else 60}
    return Tokenizer.train(name, lines, **sizes)


ALL = {name: learned(name) for name in TOKENIZERS}


def packed_text(tokenizer, symbols):
    way = Packing(table_of(printed_pieces(tokenizer)), tokenizer.name == "word")
    return way.text(*way.packed(symbols))


@pytest.mark.parametrize("name", TOKENIZERS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_packed_text_is_the_text_of_the_lines(name, data):
    tokenizer = ALL[name]
    row = st.lists(st.integers(0, tokenizer.vocab_size - 1), min_size=7, max_size=7)
    symbols = torch.tensor(data.draw(st.lists(row, min_size=1, max_size=6)))
    assert packed_text(tokenizer, symbols) == text_of(tokenizer, symbols)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_lines_of_a_corpus_come_back(name):
    tokenizer = ALL[name]
    lines = [line.split("\n")[0] for line in LINES]
    symbols = torch.from_numpy(tokenizer.encode_batch(lines, 40)).long()
    assert packed_text(tokenizer, symbols) == text_of(tokenizer, symbols) != ""


def test_bytes_that_would_end_a_line_or_a_text_are_not_printed():
    tokenizer = ALL["byte"]
    symbols = torch.tensor([[FIRST + byte for byte in b"a\nb\r\0\xc3"]])
    assert packed_text(tokenizer, symbols) == "a\ufffdb\ufffd\ufffd\ufffd\n"


def test_the_processor_spells_what_a_gpu_should_not():
    tokenizer, gpu = ALL["char"], torch.device("meta")
    widest = max(map(len, tokenizer.piece_bytes()))
    assert packing(tokenizer, 4, 8, torch.device("cpu")) is None
    assert packing(tokenizer, 4, 8, gpu).table.shape == (tokenizer.vocab_size, widest)
    assert packing(tokenizer, MOST // 8 // widest + 1, 8, gpu) is None
    with_zeros = Tokenizer.train("char", ["a\0b"])  # where zeros are what is dropped
    assert packing(with_zeros, 4, 8, gpu) is None
