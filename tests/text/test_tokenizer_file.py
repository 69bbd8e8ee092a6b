"""tokenizer.json: what other libraries read in it, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textgan import files
from textgan.errors import InputError, WorldError
from textgan.text import tokenizer_file
from textgan.text.tokenizer import TOKENIZERS, Tokenizer
from textgan.text.tokenizer_vocabulary import BYTE_CHARACTERS, Vocabulary

LINES = [
    "the cat walks and the dog walks",
    " two  spaces, a tab\tand more ",
    "[UNK] <pad> < pad > < end > < unknown > </s>",
    "a\x1cb\x85c\xa0d\u2028e\u3000f\x00g\x01",
    "中文字 😀👩‍🚀 e\u0301 \u2581x\u2581 \u2585 \U0010ffff",
] * 3
UNSEEN = ["", " ", "cat dog", "walks  walks", "😀中 x", "Ω unknown ж", "< unknown >", "\t \t"]


@pytest.fixture(scope="module", params=TOKENIZERS)
def saved(request, tmp_path_factory) -> tuple[Tokenizer, Path]:
    name = request.param
    size = None if name in ("char", "byte", "word") else 320
    tokenizer = Tokenizer.train(name, LINES, vocab_size=size)
    path = tmp_path_factory.mktemp(name) / "tokenizer.json"
    tokenizer.save(path)
    return tokenizer, path


def ids_of(tokenizer: Tokenizer, lines: list[str]) -> list[list[int]]:
    return [ids.tolist() for ids in tokenizer.token_ids(lines)]


def test_a_loaded_tokenizer_is_the_saved_one(saved, tmp_path):
    tokenizer, path = saved
    loaded = Tokenizer.load(path)
    assert loaded.vocabulary == tokenizer.vocabulary
    assert ids_of(loaded, LINES + UNSEEN) == ids_of(tokenizer, LINES + UNSEEN)
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == ["tokenizer.json"]


def test_plain_tokenizers_gives_the_same_ids_and_text(saved):
    import tokenizers

    tokenizer, path = saved
    library = tokenizers.Tokenizer.from_file(str(path))
    lines = LINES + UNSEEN
    assert [library.encode(line).ids for line in lines] == ids_of(tokenizer, lines)
    assert library.get_vocab_size() == tokenizer.vocab_size
    for line in LINES:
        expected = " ".join(line.split()) if tokenizer.name == "word" else line
        assert library.decode(ids_of(tokenizer, [line])[0]) == expected


def test_transformers_gives_the_same_ids_and_text(saved):
    transformers = pytest.importorskip("transformers", reason="an oracle, not a dependency")
    tokenizer, path = saved
    lines = LINES + UNSEEN
    for other in (
        transformers.AutoTokenizer.from_pretrained(str(path.parent)),
        transformers.PreTrainedTokenizerFast(tokenizer_file=str(path)),
    ):
        assert [other(line)["input_ids"] for line in lines] == ids_of(tokenizer, lines)
        if tokenizer.name != "word":
            assert [other.decode(ids) for ids in ids_of(tokenizer, LINES)] == LINES


def test_the_byte_characters_are_those_of_the_library():
    from tokenizers import pre_tokenizers

    assert len(BYTE_CHARACTERS) == 256
    assert set(BYTE_CHARACTERS) == set(pre_tokenizers.ByteLevel.alphabet())


CHAR = Vocabulary("char", ("a", "b"))
BPE = Vocabulary("bpe", ("a", "b", "ab"), merges=(("a", "b"),))
UNIGRAM = Vocabulary("unigram", ("a", "ab"), scores=(-1.0, -2.5))


def refused(path: Path, content: bytes | str | dict[str, Any]) -> str:
    """Return the message with which `content` is refused, one line that names the file."""
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        Tokenizer.load(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and len(message) < 300
    return message


def test_the_three_vocabularies_below_are_sound(tmp_path):
    for vocabulary in (CHAR, BPE, UNIGRAM):
        Tokenizer(vocabulary).save(tmp_path / "t.json")
        assert Tokenizer.load(tmp_path / "t.json").vocabulary == vocabulary


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cut short at line 1"),
        (b"\xff\xfe{}", "byte 0 is not UTF-8"),
        ("[]", "holds a list"),
        ("[" * 100_000, "too deep"),
        ('{"model": NaN}', "the number NaN"),
        ("1" * 10_000, "too deep or holds an endless number"),
        ("{}", "no key 'model'"),
        ('{"model": 7}', "'model' is a int, not a dict"),
        ('{"model": {}}', "no key 'textgan'"),
        ('{"model": {"textgan": {"tokenizer": "exec"}}}', "its kind 'exec' is none of char, byte"),
        ('{"model": {"textgan": {"tokenizer": "char", "format": 9}}}', "format '9' is not 1"),
    ],
)
def test_what_is_no_tokenizer_is_refused_in_one_line(tmp_path, content, words):
    assert words in refused(tmp_path / "t.json", content)


@pytest.mark.parametrize(
    ("vocabulary", "keys", "value", "words"),
    [
        (CHAR, "model.vocab", [], "'vocab' is a list, not a dict"),
        (CHAR, "model.vocab.b", 3, "'a' and 'b' have one id, 3"),
        (CHAR, "model.vocab.b", 10**12, "'b' has id 1000000000000, outside 0 to 4"),
        (CHAR, "model.vocab.b", -1, "'b' has id -1"),
        (CHAR, "model.vocab.b", 4.0, "'b' has id 4.0"),
        (CHAR, "model.vocab.b", True, "'b' has id True"),
        (CHAR, "model.vocab.bcd", 5, "'bcd' is no piece of kind 'char'"),
        (CHAR, "model.vocab.\ud800", 5, r"'\ud800' is no piece"),
        (CHAR, "model.unk_token", "a", "'model.unk_token' is not what"),
        (CHAR, "model.textgan.code", "import os", "unknown key 'model.textgan.code'"),
        (CHAR, "model.textgan.tokenizer", "byte", "alphabet is not the 256 bytes"),
        (CHAR, "model.textgan.tokenizer", "bpe", "no key 'merges'"),
        (CHAR, "normalizer", {"type": "Lowercase"}, "'normalizer' is not what"),
        (CHAR, "pre_tokenizer.pattern.Regex", "(a*)*b", "'pre_tokenizer.pattern.Regex' is not"),
        (CHAR, "added_tokens", [{"id": 3, "content": "x"}], "'added_tokens' is not what"),
        (CHAR, "extra", 1, "unknown key 'extra'"),
        (BPE, "model.merges", [["a", "b"], ["b", "a"]], "merge 1 is ['b', 'a']"),
        (BPE, "model.merges", ["a b"], "merge 0 is 'a b'"),
        (BPE, "model.vocab.a b", 6, "'a b' is no piece of kind 'bpe'"),
        (BPE, "model.vocab.", 6, "'' is no piece of kind 'bpe'"),
        (BPE, "model.dropout", 0.5, "'model.dropout' is not what"),
        (UNIGRAM, "model.vocab", [["a", "b"]], "entry 0 of 'vocab' is ['a', 'b']"),
        (UNIGRAM, "model.vocab", [["a", -1.0, 0]], "not [piece, score]"),
        (UNIGRAM, "model.vocab", [["x", 0.0]] * 5, "'x' stands twice in 'vocab'"),
        (UNIGRAM, "model.vocab", [["x", 0.0]] * 3, "'model.vocab' is not what"),
        (UNIGRAM, "model.vocab", [["x", 1e999]], "the number Infinity"),
    ],
)
def test_a_file_that_was_changed_is_refused(tmp_path, vocabulary, keys, value, words):
    content = tokenizer_file.document(vocabulary)
    content = json.loads(json.dumps(content))
    table = content
    *parents, last = keys.split(".")
    for key in parents:
        table = table[key]
    table[last] = value
    assert words in refused(tmp_path / "t.json", content)


def test_absurd_sizes_are_refused(tmp_path, monkeypatch):
    content = tokenizer_file.document(CHAR)
    content["model"]["vocab"] = {str(n): n for n in range(2_000)}
    monkeypatch.setattr(tokenizer_file, "MOST_PIECES", 1_000)
    assert "vocabulary of 2,000 is above 1,000" in refused(tmp_path / "t.json", content)
    monkeypatch.setattr(tokenizer_file, "MOST_BYTES", 2**20)
    assert "larger than 1 MiB" in refused(tmp_path / "t.json", b" " * (2**20 + 1))
    with pytest.raises(InputError, match="above 1 MiB; give a smaller vocab_size"):
        Tokenizer(Vocabulary("word", ("x" * 2**20,))).save(tmp_path / "large.json")
    assert not (tmp_path / "large.json").exists()


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_file_cut_short_or_with_a_wrong_byte_is_refused_or_sound(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("cut") / "t.json"
    Tokenizer(data.draw(st.sampled_from([CHAR, BPE, UNIGRAM]))).save(path)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 3))
    assert refused(path, whole[:at])
    path.write_bytes(whole[:at] + data.draw(st.binary(min_size=1, max_size=2)) + whole[at + 1 :])
    try:
        tokenizer = Tokenizer.load(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert tokenizer.encode_batch(["ab"], 4).shape == (1, 4)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        Tokenizer.load(tmp_path / "none.json")
    with pytest.raises(InputError, match="no such file"):
        Tokenizer.load(tmp_path)
    with pytest.raises(WorldError, match="cannot write"):
        (tmp_path / "file").write_text("")
        Tokenizer(CHAR).save(tmp_path / "file" / "t.json")


def test_saving_over_a_file_leaves_the_old_or_the_new(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    Tokenizer(CHAR).save(path)
    old = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(WorldError, match="No space left on device"):
        Tokenizer(BPE).save(path)
    assert path.read_bytes() == old and len(list(tmp_path.iterdir())) == 1
