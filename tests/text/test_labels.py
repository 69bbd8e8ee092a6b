"""Labels: where they come from, and that every line keeps its own on the way to the numbers."""

import bz2
import csv
import gzip
import hashlib
import io
import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from textgan.errors import InputError
from textgan.text import encoded, labels
from textgan.text.cleaning import Cleaning, clean
from textgan.text.corpus import FORM, SPLITS, describe, find_card, prepare, settings_for
from textgan.text.labels import Census, Labelled, labels_of, some_of
from textgan.text.measure import measure_for
from textgan.text.readers import read_stream
from textgan.text.reading import Reading
from textgan.text.splits import line_hashes, split_numbers
from textgan.text.tokenizer import UNKNOWN

BLANK = Labelled([], [])
ANCHORS = [(letter, kind) for letter in "defghi" for kind in ("x", "y")]
"""Some of these are always in train, and of two kinds."""


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("TEXTGAN_CACHE", str(folder))
    return folder


def table(path, rows, names=("text", "kind")):
    """A file of rows, by the ending of its name: csv, tsv or jsonl."""
    if path.suffix == ".jsonl":
        text = "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
    else:
        out = io.StringIO()
        comma = "," if path.suffix == ".csv" else "\t"
        csv.writer(out, delimiter=comma, lineterminator="\n").writerows([names, *rows])
        text = out.getvalue()
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def made(path, labels, **options):
    return prepare(find_card(str(path), labels=labels), **options)


def pairs_of(corpus, split):
    names = list(corpus.summary.labels)
    numbers = corpus.labels(split).tolist()
    return [
        (line, names[number]) for line, number in zip(corpus.lines(split), numbers, strict=True)
    ]


def everything(corpus):
    return [pair for split in SPLITS for pair in pairs_of(corpus, split)]


def test_other_text_keeps_its_labels():
    lines = Labelled(["a", "b"], iter("xy"))
    assert (list(lines), labels_of(lines), labels_of(["a"])) == (["a", "b"], ["x", "y"], None)
    other = labels.rewritten(lines, ["c", "d"])
    assert (list(other), labels_of(other)) == (["c", "d"], ["x", "y"])
    assert labels_of(labels.rewritten(["a"], ["c"])) is None


@pytest.mark.parametrize("wanted", [[1, 0, 1], ["a", "", "c"], np.array([True, False, True])])
def test_some_lines_keep_their_labels(wanted):
    some = some_of(Labelled("abc", "xyz"), wanted)
    assert (list(some), labels_of(some)) == (["a", "c"], ["x", "z"])
    assert some_of(["a", "b", "c"], wanted) == ["a", "c"]
    assert labels_of(some_of(["a", "b", "c"], wanted)) is None


def test_joined_lines_come_apart_where_they_were_joined():
    lines = ["a\tb", "", "\t", "é"]
    joined = labels.joined(Labelled(lines, ["x", "y z", "", "ä"]))
    assert joined == ["x\ta\tb", "y z\t", "\t\t", "ä\té"]
    back = labels.parted(joined)
    assert (list(back), labels_of(back)) == (lines, ["x", "y z", "", "ä"])
    assert labels.joined(["a\tb"]) == ["a\tb"]


def test_long_labels_fill_a_chunk_as_long_lines_do(monkeypatch):
    monkeypatch.setattr(labels, "CHARACTERS", 10)
    pairs = [("a", "x" * 9), ("b", "x" * 9), ("c" * 9, "y")]
    assert [len(each) for each in labels.paired(pairs)] == [2, 1]


def test_pairs_become_chunks_of_at_most_so_many_lines(monkeypatch):
    monkeypatch.setattr(labels, "LINES", 2)
    chunks = list(labels.paired(zip("abc", "xyz", strict=True)))
    assert [(list(each), labels_of(each)) for each in chunks] == [
        (["a", "b"], ["x", "y"]), (["c"], ["z"]),
    ]  # fmt: skip
    assert list(labels.paired(iter([]))) == []


@pytest.mark.parametrize(
    ("name", "file", "folder"),
    [
        ("b/a.txt", "a", "b"),
        ("c/b.d/a.txt.gz", "a", "b.d"),
        ("b/a.GZ", "a", "b"),
        ("b/a.jsonl.zst", "a", "b"),
        ("b/a.x.txt", "a.x", "b"),
        ("b/a", "a", "b"),
        ("b/../c/./a.txt", "a", "c"),
    ],
)
def test_a_file_and_its_folder_give_names(name, file, folder):
    assert (labels.place_of(name, "file"), labels.place_of(name, "folder")) == (file, folder)


def test_a_folder_has_a_name_wherever_one_stands(tmp_path, monkeypatch):
    (tmp_path / "b").mkdir()
    monkeypatch.chdir(tmp_path / "b")
    assert labels.place_of("a.txt", "folder") == "b"
    (chunk,) = labels.placed(iter([["one", "two"]]), "a.txt", "folder")
    assert (list(chunk), labels_of(chunk)) == (["one", "two"], ["b", "b"])


def test_labels_are_cleaned_like_lines():
    cleaned = labels.cleaned_labels(Labelled("abcd", [" x  y\t", "e\u0301", "\n\0 ", "1"]))
    assert (list(cleaned), labels_of(cleaned)) == (list("abcd"), ["x y", "é", "", "1"])
    assert labels_of(labels.cleaned_labels(["a"])) is None
    assert labels_of(labels.cleaned_labels(Labelled("a", ["x" * 100 + " "]))) == ["x" * 100]
    with pytest.raises(InputError, match=r"--labels: 'x{40}' … is longer than 100 characters"):
        labels.cleaned_labels(Labelled("ab", ["", "x" * 101]))


def test_a_census_of_up_to_1024_labels():
    census = Census()
    census.add(["a line without"])
    assert census.names() == []
    census.add(Labelled("abc", ["b", "B", "b"]))
    assert census.names() == ["B", "b"]
    census.add(Labelled("a" * 1022, map(str, range(1022))))
    assert len(census.names()) == 1024
    with pytest.raises(InputError, match="--labels: there are more than 1,024 different ones"):
        census.add(Labelled("a", ["one more"]))
    found = labels.numbered(Labelled("abc", ["b", "c", "b"]), ["a", "b", "c"])
    assert (found.tolist(), found.dtype) == ([1, 2, 1], np.uint16)
    assert labels.numbered(BLANK, ["a"]).shape == (0,)


def read(data, name, **reading):
    chunks = list(read_stream(io.BytesIO(data), name, Reading(**reading)))
    return [pair for chunk in chunks for pair in zip(chunk, labels_of(chunk), strict=True)]


def test_reading_leaves_labels_with_their_lines():
    data = b"text,kind\nab cd,x\na,y\nab ef gh,z\n"
    found = read(data, "a.csv", labels="kind", min_words=2, remove="b")
    assert found == [("a cd", "x"), ("a ef gh", "z")]
    text = b"-skipped\n#not\nab\ncd ef\n"
    found = read(text, "b/a.txt", labels="file", skip=1, comment="#", max_words=1)
    assert found == [("ab", "a")]
    assert read(b"a;b", "b/a.txt", labels="folder", split=";") == [("a", "b"), ("b", "b")]
    assert read(b">n\nAC\nGT\n", "b/a.fasta", labels="file") == [("ACGT", "a")]


def test_what_has_no_columns_is_not_labelled_by_one():
    for name in ("a.txt", "a.fasta"):
        with pytest.raises(InputError, match=rf"{name}: --labels kind: has no columns"):
            read(b">a\nb\n", name, labels="kind")


def test_a_folder_of_tables_and_texts_is_not_labelled_by_a_column(tmp_path):
    table(tmp_path / "d" / "a.csv", ANCHORS)
    (tmp_path / "d" / "b.txt").write_text("one\ntwo\n")
    with pytest.raises(InputError, match=r"b\.txt: --labels kind: has no columns, read as text"):
        made(tmp_path / "d", "kind")


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_labels_of_a_table_stay_with_their_lines(tmp_path, ending):
    rows = [*ANCHORS, ("no kind", ""), ("", "x"), ("spaces", " z\xa0 z ")]
    corpus = made(table(tmp_path / f"a.{ending}", rows), "kind", unknown="keep")
    assert sorted(everything(corpus)) == sorted([*ANCHORS, ("spaces", "z z")])
    assert corpus.summary.dropped["without a label"] == corpus.summary.dropped["blank"] == 1
    found = {name: 0 for name in ("x", "y", "z z")}
    for _, label in pairs_of(corpus, "train"):
        found[label] += 1
    assert corpus.summary.labels == found and list(found) == list(corpus.summary.labels)
    assert corpus.labels().tolist() == np.load(corpus.folder / "train.labels.npy")[:, 0].tolist()
    told = describe(corpus.summary)
    assert "1 without a label" in told and "labels   3: x " in told


def test_lines_of_one_label_are_asked_for(tmp_path):
    corpus = made(table(tmp_path / "a.csv", ANCHORS), "kind")
    for split in SPLITS:
        for kind in ("x", "y"):
            wanted = [line for line, label in pairs_of(corpus, split) if label == kind]
            assert corpus.lines(split, kind) == wanted


TEXT = st.text(st.sampled_from("abcé汉 \t"), max_size=9)
LABEL = st.sampled_from(["x", "y", " y\t", "", " ", "e\u0301", "é", "Y z", "Y\tz"])


def kept(rows, corpus, whitespace, options):
    """Of each split the lines and labels that are to be there, in order."""
    measure = measure_for(corpus.tokenizer.name, corpus.tokenizer)
    found = []
    for line, label in rows:
        (line,) = clean([line], Cleaning(whitespace=whitespace))
        (label,) = clean([label], Cleaning())
        if measure.lengths([line])[0] > options["length"]:
            line = measure.cut(line, options["length"]) if options["too_long"] == "cut" else ""
            line = line if whitespace == "keep" else line.rstrip()
        if line and not line.isspace() and label:
            found.append((line, label))
    if options["duplicates"] == "drop":
        found = list(dict.fromkeys(found))
    splits = {split: [] for split in SPLITS}
    for pair in found:
        splits[SPLITS[split_numbers(line_hashes([pair[0]]))[0]]].append(pair)
    if options["unknown"] == "keep":
        return splits
    return {split: [pair for pair in splits[split] if known(corpus, pair[0])] for split in SPLITS}


def known(corpus, line):
    return UNKNOWN not in corpus.tokenizer.encode_batch([line], corpus.length)


@pytest.mark.parametrize("tokenizer", ["char", "bpe"])
@given(
    st.lists(st.tuples(TEXT, LABEL), max_size=12),
    st.sampled_from(["csv", "jsonl"]),
    st.sampled_from(["collapse", "keep"]),
    st.sampled_from(["cut", "skip"]),
    st.sampled_from(["drop", "keep"]),
    st.sampled_from(["skip", "keep"]),
)
@example([("ab", "x"), ("ab", "y"), ("ab", "x")], "csv", "keep", "cut", "drop", "skip")
@example([("abcab汉", "x"), ("abcabcab", "x")], "csv", "keep", "cut", "keep", "keep")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_line_of_every_split_has_its_own_label(
    tmp_path_factory, tokenizer, rows, ending, whitespace, too_long, duplicates, unknown
):
    path = table(tmp_path_factory.mktemp("x") / f"a.{ending}", [*ANCHORS, *rows, *rows[:3]])
    options = {"length": 5, "too_long": too_long, "duplicates": duplicates, "unknown": unknown}
    with pytest.MonkeyPatch.context() as patch:  # so that even few lines are many chunks
        patch.setattr(labels, "LINES", 3)
        patch.setattr(encoded, "BLOCK", 16)
        corpus = made(path, "kind", tokenizer=tokenizer, whitespace=whitespace, **options)
    wanted = kept([*ANCHORS, *rows, *rows[:3]], corpus, whitespace, options)
    assert {split: pairs_of(corpus, split) for split in SPLITS} == wanted
    for split in SPLITS:
        ids = corpus.tokenizer.encode_batch(corpus.lines(split), 5)
        np.testing.assert_array_equal(corpus.encoded(split), ids)
    of_train = [label for _, label in wanted["train"]]
    assert corpus.summary.labels == {name: of_train.count(name) for name in corpus.summary.labels}
    assert {"x", "y"} <= corpus.summary.labels.keys()
    assert corpus.summary.kept == sum(map(len, wanted.values()))


def test_lines_beyond_what_a_vocabulary_is_learned_from_keep_their_labels(tmp_path):
    rows = [*ANCHORS, ("ab " * 30_000, "x"), ("ab " * 30_001, "y")]
    corpus = made(table(tmp_path / "a.jsonl", rows), "kind", tokenizer="bpe", length=2)
    assert sorted(everything(corpus))[:2] == [("ab ab", "x"), ("ab ab", "y")]


def test_a_handful_of_lines_that_are_all_in_train_keep_their_labels(tmp_path):
    lines = [f"{n}" for n in range(99) if split_numbers(line_hashes([f"{n}"]))[0]][:5]
    rows = [(line, "xy"[n % 2]) for n, line in enumerate(lines)]
    corpus = made(table(tmp_path / "a.csv", rows), "kind")
    assert sorted(pairs_of(corpus, "train")) == sorted(rows)
    assert [len(corpus.labels(split)) for split in SPLITS] == [5, 0, 0]


def old_key(material, card):
    """The key of a corpus as it was before there were labels."""
    reading = asdict(card.reading)
    del reading["labels"]
    options = json.dumps([asdict(settings_for(card)), reading], sort_keys=True)
    whole = hashlib.blake2b(digest_size=16)
    for part in (FORM.encode(), material.encode(), options.encode()):
        whole.update(hashlib.blake2b(part).digest())
    return whole.hexdigest()[:16]


@pytest.mark.parametrize("ending", ["txt", "csv"])
def test_a_corpus_without_labels_keeps_its_key(tmp_path, ending):
    path = table(tmp_path / f"a.{ending}", ANCHORS)
    material = hashlib.blake2b(digest_size=16)
    material.update(hashlib.blake2b(path.read_bytes()).digest())
    if ending != "txt":
        material.update(hashlib.blake2b(ending.encode()).digest())
    card = find_card(str(path), column=None if ending == "txt" else "text")
    assert prepare(card).folder.name == f"a-{old_key(material.hexdigest(), card)}"


def test_names_of_places_are_part_of_the_key(tmp_path):
    def key(name, labels, content="ab\nbc\ncd\nde\nef\n"):
        for each in (tmp_path / "d" / name, tmp_path / "d" / "e" / "other.txt"):
            each.parent.mkdir(parents=True, exist_ok=True)
            each.write_text(content)
        found = made(tmp_path / "d", labels).folder.name
        (tmp_path / "d" / name).unlink()
        return found

    assert key("a.txt", None) == key("b.txt", None)
    assert key("a.txt", "file") == key("a.txt", "file") != key("b.txt", "file")
    assert key("a.txt", "folder") == key("b.txt", "folder") != key("c/a.txt", "folder")
    assert len({key("a.txt", labels) for labels in (None, "file", "folder")}) == 3


PLACED = {
    "fish.txt": b"ab\ncd\n",
    "bird.txt.gz": gzip.compress(b"ab\nef\n"),
    "bat.jsonl.bz2": bz2.compress(b'{"text": "gh"}\n"ij"\n'),
    "cat.csv": b"text,n\nkl,1\n",
}


def test_files_of_every_kind_label_their_lines(tmp_path):
    (tmp_path / "d").mkdir()
    for name, data in PLACED.items():
        (tmp_path / "d" / name).write_bytes(data)
    corpus = made(tmp_path / "d", "file", unknown="keep")
    assert sorted(everything(corpus)) == [
        ("ab", "bird"), ("ab", "fish"), ("cd", "fish"), ("ef", "bird"), ("gh", "bat"),
        ("ij", "bat"), ("kl", "cat"),
    ]  # fmt: skip


def test_folders_label_their_lines(tmp_path):
    for name in ("one/fish/a.txt", "two/fish/b.txt", "bird/a.txt"):
        (tmp_path / "d" / name).parent.mkdir(parents=True)
        (tmp_path / "d" / name).write_text(f"{name[0]}a\n{name[0]}b\n")
    corpus = made(tmp_path / "d", "folder", unknown="keep")
    assert sorted(everything(corpus)) == [
        ("ba", "bird"), ("bb", "bird"), ("oa", "fish"), ("ob", "fish"), ("ta", "fish"),
        ("tb", "fish"),
    ]  # fmt: skip
