"""Preparing a corpus: what is kept, where it goes, and what never changes."""

import gzip
import io
import json
import os
import sys
import time
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from textgan.errors import InputError
from textgan.text.corpus import SPLITS, describe, find_card, plain_lines, prepare
from textgan.text.measure import SUBWORDS, measure_for
from textgan.text.splits import spread
from textgan.text.tokenizer import END, PAD, TOKENIZERS, UNKNOWN, Tokenizer

WORDS = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in "aeiou" for c in ("n", "ra", "li", "to")]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("TEXTGAN_CACHE", str(folder))
    return folder


def made(tmp_path, lines, name="a.txt", **options):
    path = tmp_path / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return prepare(find_card(str(path)), **options)


def everything(corpus):
    return [line for split in SPLITS for line in corpus.lines(split)]


def test_a_small_corpus_from_end_to_end(tmp_path):
    corpus = made(
        tmp_path, [*WORDS, "", "  ", WORDS[3], " ban ", "x" * 40], length=8, too_long="skip"
    )
    assert sorted(everything(corpus)) == sorted(WORDS)
    assert (corpus.summary.read, corpus.summary.kept) == (len(WORDS) + 5, len(WORDS))
    assert corpus.summary.dropped == {
        "blank": 2, "without a label": 0, "too short": 0, "too long": 1, "too short once cut": 0,
        "duplicates": 2, "with unknown symbols": 0,
    }  # fmt: skip
    assert corpus.summary.splits == {split: len(corpus.lines(split)) for split in SPLITS}
    assert corpus.summary.symbols == len(set("".join(WORDS)))
    assert corpus.summary.lengths == {"5%": 3, "50%": 4, "95%": 4, "longest": 40}
    for split in SPLITS:
        ids = corpus.encoded(split)
        assert ids.shape == (len(corpus.lines(split)), 8) and ids.dtype == np.uint8
        assert corpus.tokenizer.decode_batch(ids) == corpus.lines(split)
    names = {path.name for path in corpus.folder.iterdir()}
    assert names == {f"{split}.{end}" for split in SPLITS for end in ("txt", "npy")} | {
        "tokenizer.json", "summary.json",
    }  # fmt: skip


def test_what_is_said(tmp_path):
    text = describe(made(tmp_path, [*WORDS, WORDS[0]]).summary)
    assert "261 read, 260 kept" in text
    assert "1 duplicates" in text
    assert "18 (char)" in text
    assert "sequences of 8" in text
    assert "--length 4 holds all, for 50% of the work" in text
    assert len(text.splitlines()) <= 9


@pytest.mark.parametrize(("length", "told"), [(3, False), (4, False), (5, False), (6, True)])
def test_a_shorter_length_is_proposed_where_it_saves_a_quarter(tmp_path, length, told):
    summary = made(tmp_path, WORDS, length=length).summary
    assert ("holds all" in describe(summary)) == told


lines = st.lists(
    st.text(st.sampled_from("abcé汉 \t"), min_size=1, max_size=9), min_size=1, max_size=12
)


@given(lines, lines, st.sampled_from(["cut", "skip"]), st.sampled_from(["drop", "keep"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_adding_lines_moves_none(tmp_path_factory, old, new, too_long, duplicates):
    """Old lines stay where they are (but for a corpus so small that training would have none)."""
    folder = tmp_path_factory.mktemp("x")
    options = {"length": 5, "too_long": too_long, "duplicates": duplicates, "unknown": "keep"}
    anchor = ["d", "e", "f", "g", "h", "i"]  # some of these are always in train
    try:
        before = made(folder, [*anchor, *old], "a.txt", **options)
        after = made(folder, [*anchor, *old, *new], "b.txt", **options)
    except InputError:
        return
    sets = [set(after.lines(split)) for split in SPLITS]
    assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
    for split in SPLITS:
        kept = before.lines(split)
        assert after.lines(split)[: len(kept)] == kept
        if duplicates == "drop":
            assert len(set(kept)) == len(kept)


@pytest.mark.parametrize("name", TOKENIZERS)
@pytest.mark.parametrize("too_long", ["cut", "skip"])
def test_every_tokenizer_gives_its_lines_back(tmp_path, name, too_long):
    lines = [f"{a} and {b}, né 汉{c}" for a in WORDS[:12] for b in WORDS[:4] for c in "字子"]
    options = (
        {"length": 7 if name in ("char", "byte") else 3} if too_long == "cut" else {"length": 50}
    )
    if name not in ("char", "byte", "word"):
        options["vocab_size"] = 300 if "byte" in name else 60
    corpus = made(tmp_path, lines, tokenizer=name, too_long=too_long, **options)
    assert corpus.tokenizer.name == name
    for split in SPLITS:
        ids = corpus.encoded(split)
        assert not (ids == UNKNOWN).any()
        assert corpus.tokenizer.decode_batch(ids) == corpus.lines(split)
        filled = (ids != PAD) & (ids != END)
        assert (filled.sum(axis=1) >= 1).all()
    assert (corpus.summary.cut > 0) == (too_long == "cut")


def test_bytes_are_cut_between_characters(tmp_path):
    corpus = made(tmp_path, ["aé汉", "é汉x", "汉汉"], tokenizer="byte", length=4)
    assert sorted(everything(corpus)) == ["aé", "é", "汉"]


def test_words_are_cut_between_words(tmp_path):
    corpus = made(tmp_path, ["one two three", "one two"], tokenizer="word", length=2)
    assert everything(corpus) == ["one two"]


@pytest.mark.parametrize("name", SUBWORDS)
@given(st.text("ab é汉\ufffd", max_size=12), st.integers(1, 9))
@example("\ufffdab", 1)
@example("a汉b", 3)
@example("汉", 1)
@settings(deadline=None)
def test_subwords_are_cut_to_a_beginning_that_fits(name, line, length):
    measure = measure_for(name, trained(name))
    found = measure.cut(line, length)
    assert line.startswith(found)
    assert measure.lengths([found])[0] <= length


@pytest.mark.parametrize("name", SUBWORDS)
@given(st.text("ab é汉ω", max_size=12), st.integers(1, 9))
@example("ωab", 2)
@settings(deadline=None)
def test_symbols_that_subwords_do_not_know_are_cut_as_others_are(name, line, length):
    tokenizer, found = trained(name), measure_for(name, trained(name)).cut(line, length)
    assert line.startswith(found) and len(tokenizer.token_ids([found])[0]) <= length
    if line and name != "byte-bpe":  # a byte may be half a character
        assert found


def test_long_lines_with_unknown_symbols_are_kept_or_counted(tmp_path):
    strange = [f"{symbol}{'ab' * 9}" for symbol in "αβγδεζηθικλμνξοπρστυφχψω"]
    lines = [*(f"abba {'ab' * n}" for n in range(40)), *strange]
    asked = {"tokenizer": "bpe", "vocab_size": 30, "length": 2, "duplicates": "keep"}
    kept = made(tmp_path, lines, unknown="keep", **asked)
    assert kept.summary.kept == len(lines) and kept.summary.unknown == 8
    assert {line[0] for line in everything(kept)} == {"a", *(line[0] for line in strange)}
    left = made(tmp_path, lines, **asked).summary
    assert (left.kept, left.dropped["with unknown symbols"]) == (len(lines) - 8, 8)


@lru_cache
def trained(name):
    lines = ["abba abab aab", "baba é abbab", "bé aé ab"]
    return Tokenizer.train(name, lines, vocab_size=265 if name == "byte-bpe" else 14)


def test_cutting_leaves_no_space_at_the_end_and_no_short_line(tmp_path):
    corpus = made(tmp_path, ["ab cd", "abc d"], length=3, min_length=3)
    assert everything(corpus) == ["abc"]
    assert corpus.summary.dropped["too short once cut"] == 1
    kept = made(tmp_path, ["ab cd", "abc d"], length=3, whitespace="keep", unknown="keep")
    assert sorted(everything(kept)) == ["ab ", "abc"]


def test_copies_may_stay_and_share_a_split(tmp_path):
    corpus = made(tmp_path, WORDS[:30] * 3, duplicates="keep")
    assert len(everything(corpus)) == 90
    for split in SPLITS:
        found = corpus.lines(split)
        assert all(found.count(line) == 3 for line in found)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("name", ["char", "bpe"])
def test_a_handful_of_lines(tmp_path, count, name):
    for start in range(0, 40, count):
        lines = WORDS[start : start + count]
        corpus = made(tmp_path, lines, f"{start}.txt", tokenizer=name, unknown="keep")
        assert corpus.summary.splits["train"] > 0
        assert sorted(everything(corpus)) == sorted(lines)
        empty = [split for split in SPLITS if not corpus.lines(split)]
        for split in empty:
            assert corpus.encoded(split).shape == (0, corpus.length)
            assert split in describe(corpus.summary).split("no line for")[1]


def test_bom_crlf_and_no_final_newline_lose_nothing(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffäb\r\ncd\r\nef".encode())
    corpus = prepare(find_card(str(tmp_path / "a.txt")), unknown="keep")
    assert sorted(everything(corpus)) == ["cd", "ef", "äb"]


def test_a_vocabulary_too_small_skips_lines_or_keeps_them(tmp_path):
    lines = [*WORDS, "ω" * 3]
    skipped = made(tmp_path, lines, max_vocab=13)
    assert skipped.summary.dropped["with unknown symbols"] > 0
    assert not any((skipped.encoded(split) == UNKNOWN).any() for split in SPLITS)
    kept = made(tmp_path, lines, max_vocab=13, unknown="keep")
    assert kept.summary.kept == len(lines) and kept.summary.unknown > 0


def test_default_length(tmp_path):
    assert made(tmp_path, ["a" * 9 + str(i) for i in range(9)]).length == 16
    assert made(tmp_path, ["ab", "cd"]).length == 8
    assert made(tmp_path, [str(i) * 99 for i in range(9)]).length == 64
    many = ["ab" + str(i) for i in range(100)]
    assert made(tmp_path, [*many, "x" * 60]).length == 8


@pytest.mark.parametrize(("long", "length"), [(4, 8), (6, 40)])
def test_the_default_length_holds_95_of_100_lines(tmp_path, long, length):
    lines = ["a" * 33 + str(n) for n in range(long)] + [f"b{n}" for n in range(100 - long)]
    assert made(tmp_path, lines).length == length


def test_the_cache_knows_content_and_settings(tmp_path):
    first = made(tmp_path, WORDS)
    stamp = (first.folder / "train.npy").stat().st_mtime_ns
    assert made(tmp_path, WORDS).folder == first.folder
    assert (first.folder / "train.npy").stat().st_mtime_ns == stamp
    assert made(tmp_path, WORDS, length=9).folder != first.folder
    assert made(tmp_path, WORDS, case="lower").folder != first.folder
    assert made(tmp_path, [*WORDS[:-1], "zzzz"]).folder != first.folder
    assert not list(first.folder.parent.glob(".*"))


@pytest.mark.parametrize(
    ("data", "one", "two"),
    [
        ("a,b\n1,2\n", ({"column": "a"}, ["1"]), ({"column": "b"}, ["2"])),
        ("a;b,c\n1;2,3\n", ({"separator": ","}, ["3"]), ({"separator": ";"}, ["2,3"])),
        ("a\té,c\n1\té,3\n", ({"separator": ","}, ["3"]), ({"separator": "tab"}, ["é,3"])),
        ("a,b\n1,é\n", ({}, ["é"]), ({"encoding": "latin-1"}, ["Ã©"])),
        ("a,b\n1,2\n", ({}, ["2"]), ({"header": False}, ["b", "2"])),
        (b"a,b\n1,2\xff\n", ({"errors": "ignore"}, ["2"]), ({"errors": "replace"}, ["2\ufffd"])),
    ],
)
def test_the_cache_knows_how_a_file_is_read(tmp_path, data, one, two):
    path = tmp_path / "a.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    folders = set()
    for options, expected in (one, two, one):
        corpus = prepare(find_card(str(path), **{"column": 1, **options}), unknown="keep")
        assert sorted(everything(corpus)) == sorted(expected)
        folders.add(corpus.folder)
    assert len(folders) == 2


def test_a_damaged_cache_is_made_anew(tmp_path):
    first = made(tmp_path, WORDS)
    for name in ("summary.json", "tokenizer.json", "test.npy"):
        (first.folder / name).write_bytes(b"{")
        again = made(tmp_path, WORDS)
        assert again.summary == first.summary
        assert again.tokenizer.symbols == first.tokenizer.symbols


@pytest.mark.parametrize(("split", "other"), [("train", "test"), ("test", "validation")])
def test_the_rows_of_another_split_are_no_split(tmp_path, split, other):
    first = made(tmp_path, WORDS)
    rows = {name: first.encoded(name).copy() for name in SPLITS}
    assert len(rows[split]) != len(rows[other])
    (first.folder / f"{split}.npy").write_bytes((first.folder / f"{other}.npy").read_bytes())
    again = made(tmp_path, WORDS)
    assert (again.folder, again.summary) == (first.folder, first.summary)
    for name in SPLITS:
        np.testing.assert_array_equal(again.encoded(name), rows[name])


def test_nothing_half_written_stays(tmp_path, cache):
    (tmp_path / "a.txt").write_bytes(b"good\n" * 50_000 + b"\xff\n" + b"good\n" * 500_000)
    with pytest.raises(InputError, match="line 50001"):
        prepare(find_card(str(tmp_path / "a.txt")))
    assert not list((cache / "prepared").iterdir())


def test_folders_standard_input_and_packed_files_hold_the_same(tmp_path, monkeypatch):
    text = "\n".join(WORDS).encode()
    folder = tmp_path / "many"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes("\n".join(WORDS[:100]).encode())
    (folder / "b.jsonl").write_text("\n".join(map(json.dumps, WORDS[100:200])))
    (folder / "sub" / "c.csv").write_text("word\n" + "\n".join(WORDS[200:]))
    (folder / "picture.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "p.txt.gz").write_bytes(gzip.compress(text))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    found = [prepare(find_card(name)) for name in (str(folder), str(tmp_path / "p.txt.gz"), "-")]
    for corpus in found:
        assert everything(corpus) == everything(found[0])
    assert [corpus.card.name for corpus in found] == ["many", "p", "stdin"]
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no file that ends in"):
        prepare(find_card(str(tmp_path / "none")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "--length 0: give a number of symbols"),
        ({"length": -3}, "--length -3"),
        ({"min_length": 0}, "--min-length 0"),
        ({"min_length": 9, "length": 8}, "--min-length 9"),
        ({"tokenizer": "chart"}, "unknown tokenizer 'chart'; did you mean char"),
        ({"too_long": "cat"}, "did you mean cut"),
        ({"length": 2, "too_long": "skip"}, "none of 260 lines is left .260 too long"),
        ({"unknown": "drop"}, "unknown value"),
    ],
)
def test_options_that_cannot_be(tmp_path, options, message):
    with pytest.raises(InputError, match=message) as caught:
        made(tmp_path, WORDS, **options)
    assert "\n" not in str(caught.value)


def test_names_that_are_none(tmp_path):
    for name, message in {
        "wrods": "unknown corpus 'wrods'; did you mean words",
        "a/b": "no such file or folder: a/b",
        "a.txt": "no such file or folder: a.txt",
        "hf:": "a hub corpus is hf:owner/name",
        "hf:a/b:c:d:e": "a hub corpus is hf:owner/name",
        "x\0y": "unknown corpus",
    }.items():
        with pytest.raises(InputError, match=message):
            find_card(name)
    with pytest.raises(InputError, match="--errors"):
        find_card("words", errors="loose")


def test_hub_addresses():
    card = find_card("hf:me/poems:validation:line")
    assert (card.source.name, card.source.split, card.reading.column) == (
        "me/poems",
        "validation",
        "line",
    )
    assert card.name == "poems"
    assert find_card("hf:me/poems").source.split == "train"


def test_a_card_of_ones_own_by_path(tmp_path):
    (tmp_path / "w.csv").write_text("n,word\n" + "\n".join(f"1,{word.upper()}" for word in WORDS))
    card = tmp_path / "mine.toml"
    card.write_text(
        'length = 12\n[source]\nkind = "path"\npath = "w.csv"\n'
        '[reading]\ncolumn = "word"\n[cleaning]\ncase = "lower"\n'
    )
    corpus = prepare(find_card(str(card)))
    assert (corpus.length, corpus.card.name) == (12, "mine")
    assert sorted(everything(corpus)) == sorted(WORDS)


def test_plain_lines_change_nothing_but_ends(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("  B  b\t\n\nB  b\n \ne\u0301\n", encoding="utf-8")
    assert plain_lines(str(path)) == ["B  b", "B  b", "e\u0301"]
    path.write_text(" \n\n")
    with pytest.raises(InputError, match="only blank lines"):
        plain_lines(str(path))


@pytest.mark.parametrize("most", [1, 7, 50, 10_000])
def test_some_lines_come_from_all_over_without_reading_all(tmp_path, most):
    corpus = made(tmp_path, WORDS)
    assert corpus.some_lines("train", most) == spread(corpus.lines("train"), most)


def test_progress_is_told(tmp_path):
    told = []
    made(tmp_path, WORDS, progress=lambda *what: told.append(what))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [
        "read", "compare", "learn", "encode",
    ]  # fmt: skip
    assert told[-1] == ("encode", len(WORDS), len(WORDS))


def test_plain_text_costs_no_import_of_datasets(tmp_path):
    import subprocess

    (tmp_path / "a.txt").write_text("\n".join(WORDS))
    code = (
        "import sys; from textgan.text.corpus import find_card, prepare; "
        f"prepare(find_card({str(tmp_path / 'a.txt')!r})); "
        "print([m for m in ('torch', 'datasets', 'pyarrow', 'pandas') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_a_killed_process_left_goes_after_a_day(tmp_path, cache):
    old, new = ".a.00000000.part", ".a.11111111.part"
    for name, age in {old: 2 * 86_400, new: 60}.items():
        folder = cache / "prepared" / name
        folder.mkdir(parents=True)
        (folder / "train.part").write_bytes(b"x")
        os.utime(folder, (time.time() - age,) * 2)
    made(tmp_path, WORDS)
    assert [path.name for path in (cache / "prepared").glob(".*")] == [new]


@pytest.mark.parametrize("name", ["char", "word", "bpe"])
def test_one_line_of_a_million_words(tmp_path, name):
    corpus = made(tmp_path, ["ab cd " * 500_000], tokenizer=name, length=4)
    assert len(everything(corpus)) == 1
    assert "ab cd ab cd".startswith(everything(corpus)[0])
    assert corpus.summary.cut == 1
