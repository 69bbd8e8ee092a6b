"""Whatever a card, a corpus or a tokenizer file holds: it is read, or refused in a line."""

import bz2
import encodings
import functools
import gzip
import io
import json
import lzma
import os
import pkgutil
import tomllib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.damage import bytes_damaged, json_damaged, toml_damaged, tree_damaged
from tests.hostile.watch import examples, guarded
from textgan.text.card import parse_card, read_card, shipped_folder, shipped_names
from textgan.text.corpus import describe, find_card, plain_lines, prepare
from textgan.text.readers import read_stream
from textgan.text.reading import Reading
from textgan.text.tokenizer import TOKENIZERS, Tokenizer
from textgan.text.tokenizer_file import document

CARDS = [tomllib.loads((shipped_folder() / f"{name}.toml").read_text()) for name in shipped_names()]
OWN = {
    "length": 12, "level": "character", "too_long": "skip", "duplicates": "keep", "lines": 20,
    "source": {"kind": "path", "path": "lines.csv"},
    "reading": {"format": "csv", "column": "word", "header": True, "separator": ";", "skip": 1,
                "comment": "#", "encoding": "utf-8", "errors": "replace", "split": "x+",
                "remove": "[0-9]", "min_words": 1, "max_words": 9, "literals": ["a.b"]},
    "cleaning": {"unicode": "NFKC", "whitespace": "strip", "case": "lower", "min_length": 2},
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXTGAN_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("place")


@given(st.data())
@examples(200)
def test_cards(place, data):
    path = place / "card.toml"
    path.write_bytes(data.draw(st.sampled_from([*CARDS, OWN, OWN, OWN]).flatmap(toml_damaged)))
    with guarded(place):
        read_card(path)


@given(st.sampled_from([*CARDS, OWN]).flatmap(tree_damaged))
@examples(100)
def test_tables_of_cards(place, table):
    with guarded(place):
        if isinstance(table, dict):
            parse_card(table, "mine", "here")


LINES = ["one two", "drei, vier", "né 汉字 😀", "", "a\tb", '"quoted"', "x" * 70]
TABLE = "\n".join(f"{n},{line!r}".replace("'", '"') for n, line in enumerate(LINES))
SOURCE = f'"""A doc. And more."""\nclass A:\n    b = {LINES!r}\nc = {{"d": {LINES!r}}}\n'


def made():
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    text = "\n".join(LINES).encode()
    packed = io.BytesIO()
    parquet.write_table(arrow.table({"text": LINES, "n": list(range(len(LINES)))}), packed)
    return {
        "a.txt": text,
        "b.txt": "\r\n".join(LINES).encode("utf-16"),
        "a.csv": f"n,text\n{TABLE}".encode(),
        "a.tsv": f"n,text\n{TABLE}".replace(",", "\t").encode(),
        "a.jsonl": "\n".join(json.dumps({"n": 1, "text": line}) for line in LINES).encode(),
        "a.ndjson": "\n".join(map(json.dumps, LINES)).encode(),
        "a.parquet": packed.getvalue(),
        "a.txt.gz": gzip.compress(text),
        "a.csv.gz": gzip.compress(f"n,text\n{TABLE}".encode()),
        "a.txt.bz2": bz2.compress(text),
        "a.txt.xz": lzma.compress(text),
        "a.txt.zst": zstandard.compress(text * 20),
        "a.py": SOURCE.encode(),
    }


FILES = made()
ENCODINGS = sorted(module.name for module in pkgutil.iter_modules(encodings.__path__))
readings = st.builds(
    Reading,
    format=st.sampled_from([*[None] * 6, "text", "csv", "tsv", "jsonl", "python", "docstrings"]),
    column=st.sampled_from([None, None, "text", "0", 1, "", "-1", 10**30, "²", "9" * 5000]),
    header=st.booleans(),
    separator=st.sampled_from([None, None, ",", "", "ab", "\n", "\0", '"', "é", " "]),
    skip=st.sampled_from([0, 0, 1, 10**12]),
    comment=st.sampled_from([None, None, "#", "", "né"]),
    encoding=st.sampled_from(["utf-8"] * 40 + [*ENCODINGS, "", "nosuch", "utf-8\0", "a/b", "é"]),
    errors=st.sampled_from(["strict", "strict", "replace", "ignore"]),
    literals=st.sampled_from([(), ("A.b",), ("c.d",), ("A", "c"), ("",), (".",)]),
    split=st.sampled_from([None, None, "", ",", "(?=t)", "(a)|b", "\\s+"]),
    remove=st.sampled_from([None, None, "", "[aeiou]", "^"]),
    min_words=st.sampled_from([None, None, 0, 2, -1]),
    max_words=st.sampled_from([None, None, 3, 0]),
)


@given(st.data(), readings)
@examples(500)
def test_files_of_every_format(place, data, reading):
    name = data.draw(st.sampled_from(sorted(FILES)))
    content = data.draw(st.just(FILES[name]) | bytes_damaged(FILES[name]))
    name = data.draw(st.sampled_from([name] * 4 + sorted(FILES)))
    with guarded(place):
        for chunk in read_stream(io.BytesIO(content), name, reading):
            assert all(type(line) is str for line in chunk)


@given(st.data())
@examples(100)
def test_corpora_from_end_to_end(place, data):
    name = data.draw(st.sampled_from(sorted(FILES)))
    (place / name).write_bytes(data.draw(bytes_damaged(FILES[name] * 3)))
    options = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "tokenizer": st.sampled_from(TOKENIZERS[:3]),
                "length": st.integers(-1, 30),
                "too_long": st.sampled_from(["cut", "skip", "x"]),
                "whitespace": st.sampled_from(["keep", "strip", "collapse"]),
                "unknown": st.sampled_from(["keep", "skip"]),
                "max_vocab": st.sampled_from([0, 4, 9, 300, 10**9]),
                "min_length": st.integers(0, 9),
            },
        )
    )
    with guarded(place, os.environ["TEXTGAN_CACHE"]):
        corpus = prepare(find_card(str(place / name), errors="replace"), **options)
        described = describe(corpus.summary)
        assert described.isprintable() or "\n" in described
    with guarded(place):
        plain_lines(str(place / name))


@functools.cache
def tokenizer_file(name):
    size = None if name in ("char", "byte", "word") else 320
    vocabulary = Tokenizer.train(name, LINES * 2, vocab_size=size).vocabulary
    return json.dumps(document(vocabulary)).encode()


@given(st.sampled_from(TOKENIZERS).flatmap(lambda name: json_damaged(tokenizer_file(name))))
@examples(300)
def test_tokenizer_files(place, content):
    path = place / "tokenizer.json"
    path.write_bytes(content)
    with guarded(place):
        tokenizer = Tokenizer.load(path)
        ids = tokenizer.encode_batch(LINES, 9)
        assert all(type(line) is str for line in tokenizer.decode_batch(ids))
