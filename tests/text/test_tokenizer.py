"""What each kind of tokenizer promises about lines and ids."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgan.errors import InputError
from textgan.text.tokenizer import END, FIRST, PAD, TOKENIZERS, UNKNOWN, Tokenizer

ENOUGH = 400  # ids, room for every alphabet below with any kind
EXACT = [name for name in TOKENIZERS if name != "word"]

# What breaks tokenizers: spaces, controls, marks that combine, astral code points, private use, and
# the characters that SentencePiece keeps for itself.
AWKWARD = " \t\x00\x01\x1f\x7f\x85\xa0\u0301\u200d\u2028\u3000\u2581\u2585\u2047\ufeff\ufffd\uffff"
AWKWARD += "aAbß中文字😀👩🇨\U00100000\U0010ffff<>[]"
characters = st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_categories=["Cs"]))
lines_of_text = st.lists(st.text(characters, max_size=20), min_size=1, max_size=6)


def train(name: str, lines: list[str]) -> Tokenizer:
    return Tokenizer.train(name, lines, vocab_size=None if name == "byte" else ENOUGH)


def round_trip(tokenizer: Tokenizer, lines: list[str]) -> list[str]:
    longest = max(int(tokenizer.lengths(lines).max(initial=0)), 1)
    return tokenizer.decode_batch(tokenizer.encode_batch(lines, longest))


@pytest.mark.parametrize("name", EXACT)
@settings(max_examples=60, deadline=None)
@given(lines=lines_of_text, data=st.data())
def test_decoding_gives_back_every_line_over_the_alphabet(name, lines, data):
    alphabet = sorted(set("".join(lines)))
    if not alphabet:
        lines, alphabet = ["a"], ["a"]
    tokenizer = train(name, lines)
    unseen = data.draw(st.lists(st.text(st.sampled_from(alphabet), max_size=30), max_size=3))
    given_lines = [*lines, *unseen, "", "".join(alphabet)]
    assert round_trip(tokenizer, given_lines) == given_lines
    assert UNKNOWN not in tokenizer.encode_batch(given_lines, 200)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("lines", [["00000000"], ["a" * 20, "b" * 20]])
def test_lines_of_one_character_are_learned(name, lines):
    assert round_trip(train(name, lines), [*lines, lines[0][:3]]) == [*lines, lines[0][:3]]


@settings(max_examples=60, deadline=None)
@given(lines=lines_of_text)
def test_words_come_back_with_one_space_between_them(lines):
    if not any(line.split() for line in lines):
        lines = ["a"]
    assert round_trip(train("word", lines), lines) == [" ".join(line.split()) for line in lines]


@pytest.mark.parametrize("name", TOKENIZERS)
@settings(max_examples=25, deadline=None)
@given(lines=lines_of_text, length=st.integers(1, 12))
def test_a_batch_holds_the_ids_of_each_line_then_end_then_padding(name, lines, length):
    tokenizer = train(name, [*lines, "a"])
    batch = tokenizer.encode_batch(lines, length)
    assert batch.dtype == np.int32 and batch.shape == (len(lines), length)
    ids = tokenizer.token_ids(lines)
    assert tokenizer.lengths(lines).tolist() == [len(row) for row in ids]
    for row, found in zip(batch.tolist(), ids, strict=True):
        assert row == [*found.tolist(), END, *[PAD] * length][:length]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_text_never_spells_a_special_id(name):
    lines = ["[UNK]", "<pad>", "<unk>", "</s>", "<s>", "< pad >", "< end > x", "< unknown >"] * 4
    tokenizer = train(name, lines)
    ids = np.concatenate(tokenizer.token_ids(lines))
    assert ids.min() >= FIRST and ids.max() < tokenizer.vocab_size
    assert round_trip(tokenizer, lines) == lines


@pytest.mark.parametrize("name", ["char", "word", "bpe", "unigram", "sentencepiece"])
def test_what_is_outside_the_alphabet_is_counted_and_never_printed(name):
    tokenizer = train(name, ["ab ab", "b a"])
    ids = tokenizer.encode_batch(["ab Ω b", "ab b"], 10)
    assert np.count_nonzero(ids == UNKNOWN) == 1
    assert UNKNOWN in ids[0] and UNKNOWN not in ids[1]
    assert "".join(tokenizer.decode_batch(ids)[0].split()) == "abb"


@pytest.mark.parametrize("name", ["byte", "byte-bpe"])
def test_bytes_know_every_text_and_show_broken_utf8_as_replacement(name):
    tokenizer = train(name, ["ab"])
    assert round_trip(tokenizer, ["Ω中😀\x00"]) == ["Ω中😀\x00"]
    ids = tokenizer.encode_batch(["a中"], 3)  # cut within a character
    assert tokenizer.decode_batch(ids) == ["a\ufffd"]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_decoding_stops_at_the_first_end_or_padding_of_any_dtype(dtype):
    tokenizer = train("char", ["abab b"])
    a, b = 4, 3
    rows = [[a, b, END, a], [a, PAD, b, b], [END, a, a, a], [b, UNKNOWN, b, a], [a, a, b, b]]
    assert tokenizer.decode_batch(np.array(rows, dtype)) == ["ab", "a", "", "bba", "aabb"]
    assert tokenizer.decode_batch(np.empty((0, 4), dtype)) == []


def test_an_id_outside_the_vocabulary_is_an_error():
    tokenizer = train("char", ["ab"])
    with pytest.raises(IndexError, match="id 9 is outside"):
        tokenizer.decode_batch(np.array([[3, 9]]))


@pytest.mark.parametrize("name", TOKENIZERS)
def test_batches_of_any_size_give_the_same(name, monkeypatch):
    lines = [f"line {n} of {n % 7}" for n in range(100)]
    tokenizer = train(name, lines)
    whole = tokenizer.encode_batch(lines, 12)
    lengths = tokenizer.lengths(lines)
    monkeypatch.setattr("textgan.text.tokenizer._CHUNK", 7)
    assert np.array_equal(tokenizer.encode_batch(lines, 12), whole)
    assert np.array_equal(tokenizer.lengths(lines), lengths)
    parts = [tokenizer.decode_batch(row[None])[0] for row in whole]
    assert parts == tokenizer.decode_batch(whole)


@pytest.mark.parametrize("name", TOKENIZERS)
def test_no_lines_give_no_ids(name):
    tokenizer = train(name, ["a b"])
    assert tokenizer.encode_batch([], 5).shape == (0, 5)
    assert tokenizer.token_ids([]) == [] and len(tokenizer.lengths([])) == 0
    assert tokenizer.encode_batch(["", ""], 2).tolist() == [[END, PAD]] * 2


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_lone_surrogate_is_one_line_of_input_error(name):
    tokenizer = train(name, ["a b"])
    for call in (tokenizer.token_ids, tokenizer.lengths, lambda lines: train(name, lines)):
        if name == "byte" and call not in (tokenizer.token_ids, tokenizer.lengths):
            continue  # its alphabet does not depend on lines
        with pytest.raises(InputError, match=r"lone surrogate U\+DC80") as caught:
            call(["fine", "x\udc80y"])
        assert "\n" not in str(caught.value)


def test_symbols_are_printable_and_one_for_each_id():
    for name in TOKENIZERS:
        tokenizer = train(name, ["tab\tnul\x00 中", "tab\tnul\x00 中"])
        assert len(tokenizer.symbols) == tokenizer.vocab_size
        assert all(symbol.isprintable() for symbol in tokenizer.symbols)
    byte = Tokenizer.train("byte", [])
    assert [byte.symbols[FIRST + value] for value in (0x41, 0x00, 0xE4)] == ["A", "\\x00", "\\xe4"]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_a_pickled_tokenizer_writes_the_same_ids(name):
    lines = ["ab ba", "abba", "b"]
    tokenizer = train(name, lines)
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.vocabulary == tokenizer.vocabulary
    assert (again.encode_batch(lines, 9) == tokenizer.encode_batch(lines, 9)).all()
