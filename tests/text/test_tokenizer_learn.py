"""Vocabularies: sizes, limits, and dependence on the data alone."""

import os
import random
import subprocess
import sys
from itertools import permutations

import pytest

from textgan.errors import InputError
from textgan.text.tokenizer import FIRST, TOKENIZERS, Tokenizer
from textgan.text.tokenizer_subword import learn_subwords, sentencepiece_model

SUBWORDS = ["bpe", "byte-bpe", "unigram", "sentencepiece", "sentencepiece-bpe"]


def sentences(count: int = 600, seed: int = 0) -> list[str]:
    """Lines of a small language: stems with endings, in three scripts, with numbers and commas."""
    draw = random.Random(seed)
    stems = ["walk", "talk", "jump", "paint", "look", "würf", "писа", "读书", "写字"]
    endings = ["", "s", "ed", "ing", "er", "ers", "ел", "了"]
    words = [stem + ending for stem in stems for ending in endings] + ["the", "a", "of", "42", "7"]
    return [
        " ".join(draw.choice(words) for _ in range(draw.randint(1, 8))) + draw.choice([".", " ,!"])
        for _ in range(count)
    ]


def test_characters_stand_by_count_then_code_point():
    tokenizer = Tokenizer.train("char", ["cab", "bc", "dc", "é中"])
    assert tokenizer.vocabulary.pieces == ("c", "b", "a", "d", "é", "中")
    assert tokenizer.vocab_size == FIRST + 6


def test_words_stand_by_count_then_spelling_and_white_space_parts_them():
    tokenizer = Tokenizer.train("word", ["b a\tb", " c\u3000a\x1cb ", "é"])
    assert tokenizer.vocabulary.pieces == ("b", "a", "c", "é")


def test_words_of_endless_length_are_unknown():
    tokenizer = Tokenizer.train("word", ["x" * 100_000 + " y"])
    assert tokenizer.vocabulary.pieces == ("y",)


@pytest.mark.parametrize("name", ["char", "word"])
@pytest.mark.parametrize("option", ["vocab_size", "max_vocab"])
def test_the_most_frequent_symbols_are_kept(name, option):
    tokenizer = Tokenizer.train(name, ["a b b c c c", "a d d d d"], **{option: FIRST + 2})
    assert tokenizer.vocab_size == FIRST + 2
    assert tokenizer.vocabulary.pieces == ((" ", "d") if name == "char" else ("d", "c"))


def test_default_sizes():
    many = [" ".join(f"{first}{n}" for first in "abcdefghij") for n in range(1_000)]
    assert Tokenizer.train("word", many).vocab_size == 8_000
    assert Tokenizer.train("bpe", many).vocab_size <= 2_000
    assert Tokenizer.train("byte", many).vocab_size == 259
    assert Tokenizer.train("char", many).vocab_size == FIRST + 21


@pytest.mark.parametrize("name", ["bpe", "byte-bpe"])
def test_the_default_size_of_subwords(name):
    consonants = "bcdfghjklmnpqrstvwxz"
    words = [a + b + c for a in consonants for b in "aeiou" for c in consonants]
    assert Tokenizer.train(name, words * 2).vocab_size == 2_000


@pytest.mark.parametrize("name", ["bpe", "byte-bpe"])
def test_a_pair_seen_once_is_no_piece(name):
    tokenizer = Tokenizer.train(name, ["ab ab cd"])
    assert [piece for piece in tokenizer.vocabulary.pieces if len(piece) > 1] == ["ab"]


@pytest.mark.parametrize("name", SUBWORDS)
@pytest.mark.parametrize("vocab_size", [300, 400, 100_000])
def test_subwords_never_exceed_the_size_and_may_stay_below(name, vocab_size):
    lines = sentences()
    alphabet = len(set("".join(lines)))
    tokenizer = Tokenizer.train(name, lines, vocab_size=vocab_size, max_vocab=100_000)
    assert FIRST + alphabet < tokenizer.vocab_size <= vocab_size
    assert vocab_size < 100_000 or tokenizer.vocab_size < 5_000


@pytest.mark.parametrize("name", SUBWORDS)
def test_an_alphabet_that_just_fits_is_learned(name):
    for lines in (["a"], ["a", "b"], ["abc abc abc abd"], ["x" * 9_000 + " y"], ["a  b ", " "]):
        alphabet = set("".join(lines))
        least = FIRST + (256 if name == "byte-bpe" else len(alphabet))
        tokenizer = Tokenizer.train(name, lines, vocab_size=least)
        assert tokenizer.vocab_size == least
        if name != "byte-bpe":
            assert set(tokenizer.vocabulary.pieces) == alphabet
            with pytest.raises(InputError, match=f"{len(alphabet)} characters; give at least"):
                learn_subwords(name, lines, least - 1)
        else:
            with pytest.raises(InputError, match="give at least 259"):
                Tokenizer.train(name, lines, vocab_size=least - 1)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("char", {"vocab_size": 3}, "vocab_size is 3, .* give at least 4"),
        ("char", {"max_vocab": -1}, "max_vocab is -1, .* give at least 4"),
        ("char", {"max_vocab": 10**9}, "max_vocab 1000000000 is too large"),
        ("bpe", {"vocab_size": 70_000}, "vocab_size 70000 is above max_vocab 65536"),
        ("byte", {"max_vocab": 200}, "'byte' always has 259"),
        ("byte", {"vocab_size": 300}, "'byte' always has 259"),
        ("chra", {}, "unknown tokenizer 'chra'; did you mean char"),
    ],
)
def test_impossible_sizes_and_names_are_input_errors(name, options, message):
    with pytest.raises(InputError, match=message):
        Tokenizer.train(name, ["abc"], **options)


@pytest.mark.parametrize("name", [name for name in TOKENIZERS if name != "byte"])
@pytest.mark.parametrize("lines", [[], ["", ""]])
def test_nothing_to_learn_from_is_an_input_error(name, lines):
    with pytest.raises(InputError, match="no vocabulary can be learned"):
        Tokenizer.train(name, lines)


PROGRAM = """
import hashlib, random, sys
sys.path.insert(0, sys.argv[1])
from test_tokenizer_learn import sentences
from textgan.text.tokenizer import TOKENIZERS, Tokenizer
lines = sentences()
random.Random(sys.argv[2]).shuffle(lines)
for name in TOKENIZERS:
    size = {"char": None, "byte": None, "word": 50}.get(name, 350)
    content = repr(Tokenizer.train(name, iter(lines), vocab_size=size).vocabulary)
    print(name, hashlib.sha256(content.encode()).hexdigest())
"""


def test_vocabularies_depend_on_the_data_alone():
    """Not on the hash seed, the order of lines or the number of threads."""
    outputs = set()
    for seed, threads in (("0", "1"), ("1", "2"), ("2", "4")):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "RAYON_NUM_THREADS": threads,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        command = [sys.executable, "-c", PROGRAM, os.path.dirname(__file__), seed]
        outputs.add(subprocess.run(command, env=environment, check=True, stdout=-1).stdout)
    assert len(outputs) == 1
    assert len(outputs.pop().splitlines()) == len(TOKENIZERS)


@pytest.mark.parametrize("name", ["sentencepiece", "sentencepiece-bpe"])
def test_ids_agree_with_sentencepiece_itself(name):
    """Its unknown piece is 0 and ours are three, so the ids differ by two."""
    sentencepiece = pytest.importorskip("sentencepiece")
    lines = sentences(seed=1)
    vocabulary = learn_subwords(name, lines, 400)
    model, names = sentencepiece_model(name, lines, 400 - FIRST)
    assert names == {}  # so that it may be given the lines as they are
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    unseen = [*sentences(300, seed=2), "  two  spaces ", "a Ω b", "walking" * 20]
    for line, ids in zip(unseen, Tokenizer(vocabulary).token_ids(unseen), strict=True):
        assert [piece + 2 for piece in processor.encode(line)] == ids.tolist(), line


def test_scores_are_those_of_sentencepiece_to_six_digits():
    sentencepiece = pytest.importorskip("sentencepiece")
    lines = sentences(seed=1)
    model, _ = sentencepiece_model("sentencepiece", lines, 200)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    scores = learn_subwords("sentencepiece", lines, 200 + FIRST).scores
    exact = [processor.get_score(index) for index in range(1, processor.vocab_size())]
    assert scores == tuple(round(score, 6) for score in exact)
    scores = learn_subwords("unigram", lines, 200 + FIRST).scores
    assert scores == tuple(round(score, 6) for score in scores)
    assert scores != tuple(round(score, 5) for score in scores)


def test_sentencepiece_learns_the_same_from_lines_in_any_order():
    """Told one after another as they come, these would give it other pieces."""
    lines = ["cabbcbccabbbcbcba", "cacacbbcacbaaacbbcaaabcbbcab", "caab", "ccbcab"]
    for name in ("sentencepiece", "sentencepiece-bpe"):
        found = {learn_subwords(name, order, FIRST + 8) for order in permutations(lines)}
        assert len(found) == 1


def test_sentencepiece_learns_what_it_reserves_for_itself_under_another_name():
    lines = ["a\tb\u2581c", "\u2585\U00100000 d"]
    _, names = sentencepiece_model("sentencepiece", lines, 50)
    assert set(names) == {"\t", "\u2581", "\u2585"}
    assert len(set(names.values())) == 3 and "\U00100000" not in names.values()
