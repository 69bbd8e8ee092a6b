"""Repeats: the lines that a set would keep, however few hashes are held in memory."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.text.test_corpus import everything
from textgan.text import build
from textgan.text.corpus import find_card, prepare
from textgan.text.repeats import Repeats
from textgan.text.splits import line_hashes


def kept(folder, chunks, held):
    found, done = Repeats(folder / "x", held), []
    for chunk in chunks:
        found.add(line_hashes(chunk))
    return found.settle(done.append), list(found.without(iter(chunks))), sum(done)


lines = st.lists(st.lists(st.integers(0, 40).map(str), max_size=15), max_size=12)


@settings(deadline=None)
@given(lines, st.integers(0, 30))
def test_the_lines_left_are_those_of_a_set(tmp_path_factory, chunks, held):
    folder = tmp_path_factory.mktemp("repeats")
    flat = [line for chunk in chunks for line in chunk]
    found, left, done = kept(folder, chunks, held)
    assert [line for chunk in left for line in chunk] == list(dict.fromkeys(flat))
    assert (found, done) == (len(flat) - len(set(flat)), len(flat))
    assert not list(folder.iterdir())


def test_chunks_need_not_be_those_that_were_hashed(tmp_path):
    flat = [str(n * n % 37) for n in range(300)]
    found = Repeats(tmp_path / "x", 50)
    found.add(line_hashes(flat[:299]))
    found.add(line_hashes(flat[299:]))
    found.settle(lambda lines: None)
    again = [flat[at : at + 13] for at in range(0, 300, 13)]
    left = [line for chunk in found.without(iter(again)) for line in chunk]
    assert left == list(dict.fromkeys(flat))


def test_no_more_hashes_are_held_than_said(tmp_path):
    found = Repeats(tmp_path / "x", 100)
    for start in range(0, 2_000, 40):
        found.add(line_hashes([str(n) for n in range(start, start + 40)]))
        assert sum(map(len, found.waiting)) <= 100
    on_disk = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert on_disk == 16 * found.spilled and found.spilled >= 1_900


@pytest.mark.parametrize("tokenizer", ["char", "bpe"])
def test_a_corpus_is_the_same_byte_for_byte_by_way_of_the_disk(tmp_path, monkeypatch, tokenizer):
    path = tmp_path / "a.txt"
    path.write_text("".join(f"line {n * n % 3001} of many\n" for n in range(9_000)))

    def prepared(name, held):
        monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / name))
        monkeypatch.setattr(build, "Repeats", partial(Repeats, held=held))
        corpus = prepare(find_card(str(path)), tokenizer=tokenizer)
        return corpus, {file.name: file.read_bytes() for file in corpus.folder.iterdir()}

    corpus, files = prepared("memory", 1 << 20)
    assert prepared("disk", 10)[1] == files
    assert len(everything(corpus)) == len(set(everything(corpus))) == 1_501
    assert corpus.summary.dropped["duplicates"] == 9_000 - 1_501


def test_a_large_corpus_teaches_subwords_by_some_of_its_lines(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "LEARNT_FROM", 100)
    chunks = [[f"line {n}" for n in range(at, at + 500)] for at in range(0, 5_000, 500)]
    some = list(build.in_train(iter(chunks), 50))
    assert 40 < len(some) < 120
    assert set(some) < set(build.in_train(iter(chunks[::-1]), 1))
    path = tmp_path / "a.txt"
    path.write_text("".join(f"{line}\n" for chunk in chunks for line in chunk))
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    assert prepare(find_card(str(path)), tokenizer="bpe", vocab_size=40).summary.kept == 5_000
