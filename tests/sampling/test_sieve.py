import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgan.model import TextGAN
from textgan.sampling import sieve
from textgan.text.tokenizer import Tokenizer

LINES = st.lists(st.text("ab ", max_size=3), max_size=40)


@given(
    st.lists(LINES, max_size=6),
    st.integers(0, 50),
    st.booleans(),
    st.sets(st.text("ab", max_size=2)),
)
def test_what_passes_is_what_a_plain_loop_lets_pass(chunks, wanted, unique, without):
    expected: list[str] = []
    for line in (line for chunk in chunks for line in chunk):
        if len(expected) < wanted and line.strip() not in without:
            if not (unique and line in expected):
                expected.append(line)
    found = sieve.sifted(chunks, wanted, unique=unique, without=without, line_of=str)
    assert [line for chunk in found for line in chunk] == expected


def test_it_stops_drawing_when_there_are_enough():
    drawn = iter([["a", "b"], ["c"], ["d"]])
    found = sieve.sifted(drawn, 3, line_of=str)
    assert list(found) == [["a", "b"], ["c"]] and next(drawn) == ["d"]


@pytest.mark.parametrize("patience", [1, 2, 9, 40])
def test_it_gives_up_at_the_same_line_whatever_is_written_together(finished, monkeypatch, patience):
    monkeypatch.setattr(sieve, "FRUITLESS", patience)
    model, manner = TextGAN.from_pretrained(finished), {"seed": 1, "truncation": 0.3}
    found = model.sample(10**6, unique=True, **manner)
    expected: dict[str, None] = {}
    fruitless = 0
    for line in model.sample(20_000, **manner):
        fruitless = fruitless + 1 if line in expected else 0
        expected[line] = None
        if fruitless == patience:
            break
    assert fruitless == patience and found == list(expected)


def test_a_row_of_known_lines_is_given_up_too(monkeypatch):
    monkeypatch.setattr(sieve, "FRUITLESS", 3)
    chunks = [["x", "a", "a"], ["y", "a", "a", "a", "z"]]
    found = sieve.sifted(chunks, 9, without={"a"}, line_of=str)
    assert list(found) == [["x"], ["y"]]


def test_known_lines_are_whole_and_as_far_as_a_model_comes():
    tokenizer = Tokenizer.train("char", ["abc "])
    known = sieve.known_lines([" abcab ", "b cab", "a\u00e9"], tokenizer, 3)
    assert known == {"", "abcab", "ab", "b cab", "b c", "a\u00e9", "a"}
    assert sieve.known_lines([], tokenizer, 3) == set()
