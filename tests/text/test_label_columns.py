"""Columns of labels in every format, what is refused, and what becomes of a prepared corpus."""

import io
import json
import math

import pytest

from textgan.errors import InputError
from textgan.text.card import Card, Hub, read_card
from textgan.text.corpus import SPLITS, find_card, plain_lines, prepare
from textgan.text.labels import labels_of
from textgan.text.readers import read_stream
from textgan.text.reading import Reading
from textgan.text.sources import opened


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def read(data, name, **reading):
    data = data if isinstance(data, bytes) else data.encode()
    return paired(read_stream(io.BytesIO(data), name, Reading(**reading)))


def paired(chunks):
    chunks = list(chunks)
    return [pair for chunk in chunks for pair in zip(chunk, labels_of(chunk), strict=True)]


def made(path, content, labels="kind", **options):
    path.write_text(content, encoding="utf-8")
    return prepare(find_card(str(path), labels=labels), **options)


def test_a_table_of_two_columns_needs_no_name_for_its_text():
    for labels, wanted in (("b", [("1", "x"), ("2", "y")]), ("a", [("x", "1"), ("y", "2")])):
        assert read("a,b\n1,x\n2,y\n", "t.csv", labels=labels) == wanted
        assert read('{"a": "1", "b": "x"}\n{"a": "2", "b": "y"}', "t.jsonl", labels=labels) == (
            wanted
        )
    assert read("text,b\n1,x\n", "t.csv", labels="text") == [("x", "1")]
    with pytest.raises(InputError, match="name one of its columns with --column: a, b"):
        read("a,b\n1,x\n", "t.csv", labels="file")
    with pytest.raises(InputError, match="name one of its columns with --column: a, b, c"):
        read("a,b,c\n1,x,y\n", "t.csv", labels="b")
    assert read("a,text,c\n1,x,y\n", "t.csv", labels="a") == [("x", "1")]
    assert read("a,b,c\n1,x,y\n", "t.csv", labels="b", column="c") == [("y", "x")]


def test_columns_by_number():
    assert read("1\tx\n2\ty\n", "t.tsv", labels="1", header=False) == [("1", "x"), ("2", "y")]
    assert read("a,b,c\n1,x,y\n", "t.csv", labels=0, column=2) == [("y", "1")]
    with pytest.raises(InputError, match="--labels 2: it has 2 columns, counted from 0"):
        read("1,x\n", "t.csv", labels="2", header=False)


def test_rows_too_short_for_the_label_have_none():
    data = "text,kind\nab,x\ncd\n\nef,y,z\n"
    assert read(data, "t.csv", labels="kind") == [("ab", "x"), ("cd", ""), ("", ""), ("ef", "y")]


def test_a_table_s_file_labels_it_where_it_has_no_such_column():
    assert read("text,n\nab,1\n", "d/t.csv", labels="file") == [("ab", "t")]
    assert read("text,file\nab,x\n", "d/t.csv", labels="file") == [("ab", "x")]
    assert read("text,folder\nab,x\n", "d/t.csv", labels="file") == [("ab", "t")]


JSON = """[{"kind": "x", "text": "ab"}, {"text": "cd", "kind": null}, {"text": "ef"},
{"text": "gh", "kind": 3}, {"text": "ij", "kind": 2.5}, {"text": "kl", "kind": true},
{"text": null, "kind": "y"}, {"kind": "z"}, "bare"]"""


def test_labels_of_json_values():
    wanted = [
        ("ab", "x"), ("cd", ""), ("ef", ""), ("gh", "3"), ("ij", "2.5"), ("kl", "true"),
        ("", "y"), ("", "z"), ("bare", ""),
    ]  # fmt: skip
    assert read(JSON, "t.json", labels="kind") == wanted
    lines = "\n".join(json.dumps(value) for value in json.loads(JSON))
    assert read(lines, "t.jsonl", labels="kind") == wanted
    assert read(lines, "t.json", labels="kind") == wanted


@pytest.mark.parametrize("name", ["d/t.json", "d/t.jsonl"])
@pytest.mark.parametrize("value", ['{"text": "ab"}', '"ab"'])
def test_the_file_of_json_values_labels_them(name, value):
    assert read(value, name, labels="file") == [("ab", "t")]
    assert read(value, name, labels="folder") == [("ab", "d")]


def test_the_file_of_json_values_labels_them_whatever_it_is_called():
    """Also the values before an object, and files whose names do not end as JSON's do."""
    data = '"one"\n{"text": "two"}\n"three"\n'
    for name in ("d/t.jsonl", "d/t", "d/t.log"):
        found = read(data, name, labels="file", format="jsonl")
        assert found == [("one", "t"), ("two", "t"), ("three", "t")]


@pytest.mark.parametrize(
    ("value", "shown"), [([1, 2], r"\[1, 2\]"), ({"a": 1}, "{'a': 1}"), (["x" * 99], r"\['x+")]
)
def test_a_label_is_no_list_and_no_object(value, shown):
    row = json.dumps({"text": "ab", "kind": value})
    with pytest.raises(InputError, match=rf"line 1: --labels: {shown} is neither") as refused:
        read(row, "t.jsonl", labels="kind")
    assert len(str(refused.value)) < 120


def parquet(**columns):
    arrow = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    out = io.BytesIO()
    parquet.write_table(arrow.table(columns), out)
    return out.getvalue()


def test_labels_of_parquet():
    arrow = pytest.importorskip("pyarrow")
    text = ["ab", None, "cd", "ef"]
    names = ["x", "y", None, "x"]
    kinds = {
        "name": (names, ["x", "y", "", "x"]),
        "category": (arrow.array(names).dictionary_encode(), ["x", "y", "", "x"]),
        "number": ([1, 2, None, -3], ["1", "2", "", "-3"]),
        "share": ([0.5, 2.0, None, math.nan], ["0.5", "2.0", "", ""]),
        "truth": ([True, False, None, True], ["true", "false", "", "true"]),
    }
    data = parquet(text=text, **{name: column for name, (column, _) in kinds.items()})
    for name, (_, wanted) in kinds.items():
        found = read(data, "d/t.parquet", labels=name)
        assert found == list(zip(["ab", "", "cd", "ef"], wanted, strict=True))
    assert read(data, "d/t.parquet", labels="file")[3] == ("ef", "t")
    far = arrow.array([2**60], arrow.timestamp("us"))  # beyond what Python counts
    for column, kind in (([[1]], "list<"), (far, "timestamp"), ([b"a"], "binary")):
        with pytest.raises(InputError, match=f"--labels kind holds {kind}.*, not strings or numb"):
            read(parquet(text=["ab"], kind=column), "t.parquet", labels="kind")
    twice = arrow.table([["ab"], ["x"], ["y"]], names=["text", "kind", "kind"])
    stream = io.BytesIO()
    pytest.importorskip("pyarrow.parquet").write_table(twice, stream)
    with pytest.raises(InputError, match="--labels kind: it has several called so"):
        read(stream.getvalue(), "t.parquet", labels="kind")


def test_labels_of_many_batches_of_parquet():
    text = [f"line {n}" for n in range(3000)]
    data = parquet(kind=[n % 7 for n in range(3000)], text=text)
    assert read(data, "t.parquet", labels="kind") == [
        (line, str(n % 7)) for n, line in enumerate(text)
    ]


@pytest.fixture
def features():
    """Lines whose kinds are numbers that the dataset names, two of them without one."""
    datasets = pytest.importorskip("datasets")
    kind = datasets.ClassLabel(names=["fish", "bird"])
    rows = {"text": ["ab", "cd", "ef", "gh"], "kind": [0, 1, None, -1], "n": [1, None, 2, 3]}
    columns = {"text": datasets.Value("string"), "kind": kind, "n": datasets.Value("int64")}
    return datasets.Dataset.from_dict(rows, features=datasets.Features(columns))


def hub(folder, labels, **reading):
    reading = Reading(labels=labels, **reading)
    with opened(Card("x", Hub(str(folder)), reading=reading)) as material:
        return paired(material.chunks())


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_numbers_that_a_dataset_names_are_told_by_name(tmp_path, features, form):
    folder = tmp_path / "d"
    folder.mkdir()
    if form == "parquet":
        features.to_parquet(folder / "train-00000-of-00001.parquet")
    else:
        from datasets.arrow_writer import ArrowWriter

        with ArrowWriter(path=str(folder / "train.arrow"), features=features.features) as writer:
            for row in features:
                writer.write(row)
            writer.finalize()
    assert hub(folder, "kind") == [("ab", "fish"), ("cd", "bird"), ("ef", ""), ("gh", "")]
    assert hub(folder, "n") == [("ab", "1"), ("cd", ""), ("ef", "2"), ("gh", "3")]
    assert hub(folder, "n", min_words=2) == []
    with pytest.raises(InputError, match="no --labels knd; it has: text, kind, n"):
        hub(folder, "knd")


README = """---
dataset_info:
  features:
  - {name: text, dtype: string}
  - {name: kind, dtype: {class_label: {names: {'0': fish, '1': bird}}}}
---
"""


def test_a_dataset_of_other_files_names_its_numbers_too(tmp_path):
    pytest.importorskip("datasets")
    folder = tmp_path / "d"
    folder.mkdir()
    rows = '{"text": "ab", "kind": 1}\n{"text": "cd", "kind": 0}\n'
    (folder / "train.jsonl").write_text(rows)
    assert hub(folder, "kind") == [("ab", "1"), ("cd", "0")]
    (folder / "README.md").write_text(README)
    assert hub(folder, "kind") == [("ab", "bird"), ("cd", "fish")]


def test_all_strings_of_a_row_have_its_label(tmp_path):
    pytest.importorskip("datasets")
    folder = tmp_path / "d"
    folder.mkdir()
    data = parquet(many=[["ab", "cd"], [], ["ef"]], kind=["x", "y", "z"])
    (folder / "train-00000-of-00001.parquet").write_bytes(data)
    assert hub(folder, "kind") == [("ab", "x"), ("cd", "x"), ("ef", "z")]
    corpus = prepare(find_card(f"hf:{folder}", labels="kind"), unknown="keep")
    assert list(corpus.summary.labels) == ["x", "z"]


CARD = """
[source]
kind = "path"
path = "PATH"
[reading]
column = "text"
labels = LABELS
"""


def test_a_card_names_labels(tmp_path):
    path = tmp_path / "c.toml"
    for given, labels in (('"kind"', "kind"), ("1", 1), ('"folder"', "folder")):
        path.write_text(CARD.replace("LABELS", given))
        assert read_card(path).reading.labels == labels
    path.write_text(CARD.replace("LABELS", "1.5"))
    with pytest.raises(InputError, match="labels"):
        read_card(path)


MANY = "".join(f"line {n},{n}\n" for n in range(1025))
REFUSED = {
    "one label": ("a.csv", "text,kind\nab,x\ncd, x\n", "kind", "every line has the label 'x'"),
    "one file": ("a.txt", "ab\ncd\n", "file", "every line has the label 'a'"),
    "too many": ("a.csv", f"text,kind\n{MANY}", "kind", "more than 1,024 different ones"),
    "too long": ("a.csv", f"text,kind\nab,{'x' * 101}\n", "kind", "longer than 100 characters"),
    "no such": ("a.csv", "text,kind\nab,x\n", "knd", "no --labels knd; it has: text, kind"),
    "the text": ("a.csv", "text,n,kind\nab,1,x\n", "text", "is the column of the text itself"),
    "one column": ("a.csv", "text\nab\n", "text", "is the column of the text itself"),
    "of no table": ("a.txt", "ab\ncd\n", "kind", "--labels kind: .* is read as lines of text"),
    "all blank": ("a.csv", "text,kind\nab,\ncd, \n", "kind", "none of 2 lines has a label"),
    "blank both": ("a.csv", "text,kind\nab,\n\n", "kind", "none of 2 lines has a label"),
    "no lines": ("a.csv", "text,kind\n", "kind", "a.csv: holds no lines"),
    "no lines, no labels": ("a.csv", "text\n", None, "a.csv: holds no lines"),
    "blank lines": ("a.csv", "text,kind\n,x\n", "kind", "a.csv: holds only blank lines"),
}  # fmt: skip


@pytest.mark.parametrize("tokenizer", ["char", "bpe"])
@pytest.mark.parametrize("case", REFUSED)
def test_labels_that_cannot_be(tmp_path, cache, case, tokenizer):
    name, content, labels, message = REFUSED[case]
    with pytest.raises(InputError, match=message) as refused:
        made(tmp_path / name, content, labels, tokenizer=tokenizer)
    assert len(str(refused.value).splitlines()) == 1
    assert not list(cache.glob("prepared/*"))


def test_1024_labels_of_100_characters_are_no_more_than_may_be(tmp_path):
    rows = "".join(f"line {n},{n:0100}\n" for n in range(1024))
    corpus = made(tmp_path / "a.csv", f"text,kind\n{rows}", length=16)
    assert len(corpus.summary.labels) == 1024
    assert sum(corpus.summary.labels.values()) == corpus.summary.splits["train"]
    line, number = corpus.lines("train")[-1], corpus.labels("train")[-1]
    assert list(corpus.summary.labels)[number] == f"{int(line.split()[1]):0100}"


TABLE = "text,kind\n" + "".join(f"line {n},{'xyz'[n % 3]}\n" for n in range(60))


def test_a_prepared_corpus_is_opened_again(tmp_path):
    corpus = made(tmp_path / "a.csv", TABLE)
    (corpus.folder / "mark").touch()
    again = made(tmp_path / "a.csv", TABLE)
    assert again.summary == corpus.summary and (again.folder / "mark").exists()
    assert made(tmp_path / "a.csv", TABLE, "1", length=8).folder != corpus.folder
    assert not (made(tmp_path / "b.txt", TABLE, None).folder / "train.labels.npy").exists()


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "fewer", "no array"])
def test_damaged_labels_are_made_anew(tmp_path, split, damage):
    corpus = made(tmp_path / "a.csv", TABLE)
    path = corpus.folder / f"{split}.labels.npy"
    whole = path.read_bytes()
    (corpus.folder / "mark").touch()
    if damage == "gone":
        path.unlink()
    elif damage == "fewer":
        other = "test" if split == "train" else "train"
        path.write_bytes((corpus.folder / f"{other}.labels.npy").read_bytes())
    else:
        path.write_bytes({"empty": b"", "cut": whole[:-1], "no array": b"x" * len(whole)}[damage])
    again = made(tmp_path / "a.csv", TABLE)
    assert path.read_bytes() == whole and again.summary == corpus.summary
    assert not (again.folder / "mark").exists()


def test_a_summary_from_before_there_were_labels_still_opens(tmp_path):
    corpus = made(tmp_path / "a.txt", TABLE, None)
    path = corpus.folder / "summary.json"
    summary = json.loads(path.read_text())
    assert summary.pop("labels") == {}
    assert summary["dropped"].pop("without a label") == 0
    path.write_text(json.dumps(summary))
    (corpus.folder / "mark").touch()
    again = made(tmp_path / "a.txt", TABLE, None)
    assert (again.folder / "mark").exists()
    assert again.summary.labels == {} and again.lines("test") == corpus.lines("test")


def test_what_is_scored_needs_no_labels(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,kind\nab,x\ncd,\n")
    assert plain_lines(str(path), column="text") == ["ab", "cd"]
    card = CARD.replace("LABELS", '"kind"').replace("PATH", str(path))
    (tmp_path / "c.toml").write_text(card)
    assert plain_lines(str(tmp_path / "c.toml")) == ["ab", "cd"]
