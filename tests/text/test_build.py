"""How far building is, what subword vocabularies are learned from, and where it goes."""

import numpy as np
import pytest

from tests.text.test_corpus import everything, made
from textgan.text import build
from textgan.text.corpus import SPLITS, find_card, prepare
from textgan.text.splits import line_hashes, split_numbers
from textgan.text.tokenizer import UNKNOWN

WORDS = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "li", "to")]


def test_progress_of_subwords_names_what_lasts(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "a.txt"
    path.write_text("\n".join(WORDS))
    told = []
    prepare(find_card(str(path)), tokenizer="bpe", progress=lambda *what: told.append(what))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [
        "read", "learn", "learning a vocabulary from", "cut", "compare", "encode",
    ]  # fmt: skip
    learnt = next(done for stage, done, _ in told if stage.startswith("learning"))
    assert 0 < learnt < len(WORDS)
    assert ("cut", len(WORDS), len(WORDS)) in told


def test_subwords_are_learned_from_so_many_symbols():
    """Ordinary corpora whole; of words that are sentences, fewer."""
    assert build.one_in(1_000_000, 49_000_000, 9_000_000) == 1
    assert build.one_in(1_000_000, 400_000_000, 80_000_000) == 8
    assert build.one_in(5_000_000, 49_000_000, 9_000_000) == 3
    assert build.one_in(200_000, 8_000_000, 0) == 1
    assert build.one_in(1_900_000, 70_000_000, 0) == 5


def test_the_name_of_a_file_may_be_as_long_as_a_file_system_bears(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / ("ä" * 124 + ".txt")
    path.write_text("\n".join(WORDS))
    corpus = prepare(find_card(str(path)))
    assert corpus.summary.kept == len(WORDS)
    assert corpus.card.name == path.stem


def line_in(split, *, symbol):
    """A line of the words' own letters and one more, that its hash puts into a split."""
    lines = [word + symbol for word in WORDS]
    return lines[split_numbers(line_hashes(lines)).tolist().index(SPLITS.index(split))]


@pytest.mark.parametrize("split", ["validation", "test"])
@pytest.mark.parametrize("name", ["char", "bpe"])
def test_what_only_a_held_out_line_holds_is_unknown(tmp_path, monkeypatch, name, split):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    line = line_in(split, symbol="ω")
    lines = [*WORDS, line]
    corpus = made(tmp_path, lines, tokenizer=name, length=16)
    assert sorted(everything(corpus)) == sorted(WORDS)
    assert "ω" not in corpus.tokenizer.symbols
    assert corpus.summary.dropped["with unknown symbols"] == 1
    assert corpus.summary.unknown == 0
    kept = made(tmp_path, lines, tokenizer=name, length=16, unknown="keep")
    assert line in kept.lines(split)
    assert (kept.encoded(split) == UNKNOWN).any(axis=1).sum() == 1
    assert kept.summary.dropped["with unknown symbols"] == 0
    assert kept.summary.unknown == 1


def test_what_subwords_are_learned_from_is_of_all_parts_of_train():
    lines = [str(n) for n in range(20_000)]
    for every in (1, 2, 5, 100):
        learnt = list(build.in_train(iter([lines[:9_000], lines[9_000:]]), every))
        parts, counts = np.unique(line_hashes(learnt) % np.uint64(100), return_counts=True)
        assert len(parts) >= (80 if every < 100 else 60) and parts.max() < 80
        assert 0.8 < len(learnt) * every / 16_000 < 1.2
        assert every == 100 or counts.max() < 2 * counts.mean()


def test_long_lines_of_subwords_stay_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    lines = [" ".join(WORDS[n : n + 200]) for n in range(40)]
    corpus = made(tmp_path, lines, tokenizer="bpe", length=1_200)
    assert sorted(everything(corpus)) == sorted(lines)


def test_a_line_cut_to_white_space_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    corpus = made(tmp_path, [*WORDS, "\t  \u3000ban"], length=4, whitespace="keep")
    assert sorted(everything(corpus)) == sorted(WORDS)
    assert corpus.summary.dropped["too short once cut"] == 1
    assert corpus.summary.cut == 0
