"""Cards: every shipped one parses, and a wrong one is refused in a line that helps."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgan.errors import InputError
from textgan.text.card import (
    Card,
    Hub,
    Installed,
    Local,
    Pypi,
    parse_card,
    read_card,
    shipped_card,
    shipped_folder,
    shipped_names,
)

WANTED = {
    "docstrings", "passwords", "words", "surnames", "given-names", "kjv", "quotations", "domains",
    "molecules", "moses", "peptides", "chinese-words", "one-billion-word", "wikitext-103",
    "coco-captions",
}  # fmt: skip


def test_the_promised_cards_are_there_and_whole():
    assert set(shipped_names()) >= WANTED
    kinds = set()
    for name in shipped_names():
        card = shipped_card(name)
        kinds.add(type(card.source))
        assert card.name == name
        assert card.description and card.licence and card.length
        if isinstance(card.source, Pypi):
            digests = [card.source.archive, *card.source.members.values()]
            assert all(len(bytes.fromhex(digest)) == 32 for digest in digests)
    assert kinds == {Installed, Pypi, Hub}


def test_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="unknown corpus 'wrods'; did you mean words"):
        shipped_card("wrods")


SOURCE = {"kind": "path", "path": "x.txt"}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, r"needs a table \[source\]"),
        ({"source": {"kind": "pipy"}}, "did you mean pypi"),
        ({"source": {"kind": "path"}}, "the key 'path' is missing"),
        ({"source": SOURCE, "lenght": 3}, "unknown key in here: 'lenght'; did you mean length"),
        ({"source": SOURCE, "length": "3"}, "length = '3': should be int"),
        ({"source": SOURCE, "length": True}, "length = True: should be int"),
        ({"source": SOURCE, "length": 0}, "at least one symbol"),
        ({"source": SOURCE, "level": "word2"}, "did you mean word"),
        ({"source": SOURCE, "cleaning": {"case": "lover"}}, "did you mean lower"),
        ({"source": SOURCE, "cleaning": 3}, "cleaning = 3"),
        ({"source": SOURCE, "reading": {"literals": [1]}}, "literals"),
        ({"source": SOURCE, "name": "me"}, "named by its file"),
        ({"source": {"kind": "pypi", "package": "a", "version": "1", "archive": "0",
                     "members": {"x": 1}}}, "members"),
    ],
)  # fmt: skip
def test_what_a_card_may_not_say(table, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_card(table, "mine", "here")
    assert "\n" not in str(caught.value)


def test_a_card_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'length = 12\ntoo_long = "skip"\n[source]\nkind = "path"\npath = "lines.csv"\n'
        '[reading]\ncolumn = 1\n[cleaning]\ncase = "lower"\n'
    )
    card = read_card(path)
    assert card.name == "mine"
    assert card.source == Local(str(tmp_path / "lines.csv"))
    assert (card.length, card.reading.column, card.cleaning.case) == (12, 1, "lower")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not a card in TOML"):
        read_card(path)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from(
    ["kind", "path", "package", "members", "length", "level", "reading", "cleaning", "source",
     "column", "split", "case", "whitespace", "literals", "too_long", "lines"]
) | st.text(max_size=8)  # fmt: skip
sources = st.fixed_dictionaries(
    {"kind": st.sampled_from(["installed", "pypi", "hub", "path"])},
    optional={key: values for key in ("path", "package", "version", "members", "name", "split")},
)


@given(st.dictionaries(keys, values, max_size=4), sources)
def test_any_table_is_a_card_or_one_line(table, source):
    try:
        assert isinstance(parse_card({**table, "source": source}, "mine", "here"), Card)
    except InputError as error:
        assert str(error).count("\n") <= 1


def test_cards_travel_in_the_wheel():
    """`corpora/` is named in the build, and an installed package looks beside its modules."""
    root = Path(__file__).parents[2]
    build = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["force-include"] == {"corpora": "textgan/corpora"}
    assert shipped_folder().name == "corpora"


def test_cards_are_found_in_an_installed_tree(tmp_path):
    """The layout of a wheel: textgan/corpora inside the package, and no checkout around it."""
    root = Path(__file__).parents[2]
    (tmp_path / "textgan" / "corpora").mkdir(parents=True)
    for path in [
        "__init__.py",
        "errors.py",
        "chunks.py",
        *(f"text/{p.name}" for p in root.glob("textgan/text/*.py")),
    ]:
        target = tmp_path / "textgan" / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((root / "textgan" / path).read_bytes())
    (tmp_path / "textgan/corpora/only.toml").write_text('[source]\nkind = "path"\npath = "a"\n')
    code = "from textgan.text.card import shipped_names; print(shipped_names())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['only']"
