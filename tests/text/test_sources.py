"""Sources: each kind for real. The package index is a local folder, asked through pip itself."""

import hashlib
import io
import json
import os
import tarfile
import zipfile

import pytest

from textgan.errors import InputError, WorldError
from textgan.text import hub, pypi
from textgan.text.card import Card, Hub, Installed, Local, Pypi, parse_card
from textgan.text.corpus import find_card, plain_lines, prepare
from textgan.text.reading import Reading
from textgan.text.sources import is_here, opened
from textgan.text.splits import SPLITS

MEMBER = b"one two\nthree\n"
MARK = "raise SystemExit('a fetched package must never run')"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its index, with one wheel in it."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    info = "tinypoems-1.0.dist-info"
    with zipfile.ZipFile(folder / "tinypoems-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinypoems/__init__.py", MARK)
        wheel.writestr("tinypoems/data/poems.txt", MEMBER)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinypoems\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return folder


def poems(index, **changes):
    wheel = index / "tinypoems-1.0-py3-none-any.whl"
    fields = {
        "package": "tinypoems",
        "version": "1.0",
        "archive": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "members": {"tinypoems/data/poems.txt": hashlib.sha256(MEMBER).hexdigest()},
    }
    return Card("poems", Pypi(**{**fields, **changes}), licence="CC0")


def records(card, say=lambda text: None):
    with opened(card, say) as material:
        return [line for chunk in material.chunks() for line in chunk]


def test_pypi_fetches_once_and_says_the_licence_once(index, cache):
    card, said = poems(index), []
    assert not is_here(card.source)
    assert records(card, said.append) == ["one two", "three"]
    assert said == ["fetching tinypoems 1.0 with pip; licence: CC0"]
    assert is_here(card.source)
    for file in index.iterdir():
        file.unlink()
    assert records(card, said.append) == ["one two", "three"]
    assert len(said) == 1
    assert [path.read_bytes() for path in (cache / "members").iterdir()] == [MEMBER]


def test_a_damaged_member_in_the_cache_is_fetched_again(index, cache):
    card = poems(index)
    records(card)
    next((cache / "members").iterdir()).write_bytes(b"something else")
    assert records(card) == ["one two", "three"]


def test_pypi_refuses_what_is_not_as_the_card_says(index, cache):
    zeros = "0" * 64
    with pytest.raises(WorldError, match=r"cannot fetch tinypoems 1\.0.*") as caught:
        records(poems(index, archive=zeros))
    assert "\n" not in str(caught.value)
    with pytest.raises(WorldError, match=r"has SHA-256 .* not used"):
        records(poems(index, members={"tinypoems/data/poems.txt": zeros}))
    with pytest.raises(WorldError, match="holds 0 members nosuch"):
        records(poems(index, members={"nosuch": zeros}))
    with pytest.raises(WorldError, match=r"cannot fetch tinypoems 9\.9"):
        records(poems(index, version="9.9"))
    assert not (cache / "members").exists()


def test_members_of_a_source_archive(tmp_path):
    path = tmp_path / "a-1.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, data in {"a-1/x/data.txt": b"yes", "a-1/other/data.txt": b"no"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("a-1/link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert pypi.read_member(path, "x/data.txt") == b"yes"
    assert pypi.read_member(path, "a-1/x/data.txt") == b"yes"
    for wrong, count in {"data.txt": 2, "link.txt": 0, "ta.txt": 0}.items():
        with pytest.raises(WorldError, match=f"holds {count} members"):
            pypi.read_member(path, wrong)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(WorldError, match="is damaged"):
        pypi.read_member(path, "x/data.txt")


def test_a_member_beyond_the_limit_is_not_read(tmp_path, monkeypatch):
    """A zip bomb costs at most the limit."""
    monkeypatch.setattr(pypi, "LIMIT", 1 << 16)
    with zipfile.ZipFile(tmp_path / "b.whl", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("big.txt", bytes(1 << 24))
    with pytest.raises(WorldError, match=r"big\.txt is larger than"):
        pypi.read_member(tmp_path / "b.whl", "big.txt")


@pytest.mark.parametrize(
    ("name", "some"),
    [
        ("given-names", {"mary", "james"}),
        ("surnames", {"smith", "jones"}),
        ("words", {"the", "history"}),
        ("passwords", {"123456", "dragon"}),
    ],
)
def test_installed_lists(name, some):
    card = find_card(name)
    lines = records(card)
    assert set(lines) >= some
    assert len(lines) == card.lines
    corpus = prepare(card)
    assert corpus.length == 16
    assert corpus.summary.kept > 0.99 * card.lines


def test_docstrings_of_the_standard_library():
    card = find_card("docstrings")
    members = ("json/", "argparse.py")
    lines = records(Card("some", Installed("python", members), reading=card.reading))
    assert "Command-line parsing library" in lines
    assert all(3 <= len(line.split()) <= 14 for line in lines)
    with pytest.raises(WorldError, match=r"python is installed without its nosuch\.py"):
        records(Card("some", Installed("python", ("nosuch.py",))))
    with pytest.raises(WorldError, match="pip install no-such-package"):
        records(Card("some", Installed("no-such-package", ("a",))))


@pytest.fixture
def dataset(tmp_path):
    """A folder as the hub's datasets are: splits as files."""
    pytest.importorskip("datasets")
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    folder = tmp_path / "poems"
    folder.mkdir()
    for split, lines in {"train": ["ab", "cd", None], "test": ["ef"]}.items():
        table = {"caption": lines, "n": [1] * len(lines), "many": [["x", "y"]] * len(lines)}
        parquet.write_table(arrow.table(table), folder / f"{split}-00000-of-00001.parquet")
    return folder


def test_hub_reads_a_folder_streamed(dataset, tmp_path):
    def lines(column=None, **changes):
        return records(Card("poems", Hub(str(dataset), **changes), reading=Reading(column=column)))

    assert lines("caption") == ["ab", "cd", ""]
    assert lines("caption", split="test") == ["ef"]
    assert lines("many", split="test") == ["x", "y"]
    with pytest.raises(InputError, match="name one of its columns with --column: caption, n, many"):
        lines()
    with pytest.raises(InputError, match="--column n holds int, not strings"):
        lines("n")
    with pytest.raises(InputError, match="split") as caught:
        lines("caption", split="nosuch")
    assert "\n" not in str(caught.value)
    assert plain_lines(f"hf:{dataset}:test:caption") == ["ef"]


def test_a_dataset_is_read_in_order_and_in_pieces(tmp_path):
    """Rows in the order of their files, whatever the form; no chunk holds more than `hub.ROWS`."""
    pytest.importorskip("datasets")
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    rows = [f"row {n}" for n in range(50_000)]
    halves = (rows[:30_000], rows[30_000:])
    forms = {"parquet": tmp_path / "p", "jsonl": tmp_path / "j", "txt": tmp_path / "t"}
    for form, folder in forms.items():
        folder.mkdir()
        for number, half in enumerate(halves):
            path = folder / f"train-{number:05}-of-00002.{form}"
            if form == "parquet":
                parquet.write_table(arrow.table({"text": half}), path, row_group_size=7_000)
            elif form == "jsonl":
                path.write_text("".join(json.dumps({"text": row}) + "\n" for row in half))
            else:
                path.write_text("".join(row + "\n" for row in half))
        with opened(Card("x", Hub(str(folder)), reading=Reading(column="text"))) as material:
            chunks = list(material.chunks())
            assert next(material.chunks()) == chunks[0]
        assert [row for chunk in chunks for row in chunk] == rows
        assert len(chunks) > 3 and max(map(len, chunks)) <= hub.ROWS


def test_the_cards_of_the_hub_load_folders_of_their_form(tmp_path):
    """The three shipped hub cards, with a local folder of the same columns in place of the name."""
    pytest.importorskip("datasets")
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    rows = [f"A man number {i} rides a horse along the river ." for i in range(200)]
    for name in ("one-billion-word", "wikitext-103", "coco-captions"):
        card = find_card(name)
        folder = tmp_path / name
        folder.mkdir()
        found = [" = Title = ", "", *rows] if name == "wikitext-103" else rows
        parquet.write_table(
            arrow.table({card.reading.column: found}), folder / "train-00000-of-00001.parquet"
        )
        local = Card(**{**vars(card), "source": Hub(str(folder), split=card.source.split)})
        corpus = prepare(local)
        assert corpus.summary.kept + corpus.summary.dropped["with unknown symbols"] == 200
        assert corpus.length == card.length


def test_a_script_in_a_dataset_is_never_run(tmp_path):
    pytest.importorskip("datasets")
    folder = tmp_path / "evil"
    folder.mkdir()
    mark = tmp_path / "mark"
    (folder / "evil.py").write_text(f"open({str(mark)!r}, 'w').write('ran')\n")
    with pytest.raises(InputError) as caught:
        records(Card("evil", Hub(str(folder)), reading=Reading(column="text")))
    assert "\n" not in str(caught.value)
    assert not mark.exists()


def test_path_sources_know_when_they_are_missing(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        records(Card("x", Local(str(tmp_path / "none.txt"))))
    (tmp_path / "empty.txt").touch()
    with pytest.raises(InputError, match=r"empty\.txt: is empty"):
        records(Card("x", Local(str(tmp_path / "empty.txt"))))


def test_a_card_in_words_equals_one_in_toml():
    table = {"source": {"kind": "hub", "name": "a/b", "split": "test"}, "reading": {"column": "c"}}
    assert parse_card(table, "b", "here") == Card(
        "b", Hub("a/b", split="test"), reading=Reading(column="c")
    )


def test_what_came_by_standard_input_goes_a_killed_ones_too(cache):
    from textgan.text.sources import spooled

    cache.mkdir(exist_ok=True)
    left = [cache / f".stdin.0123abc{n}.part" for n in range(2)]
    for path in left:
        path.write_text("somebody's")
    os.utime(left[0], (0, 0))
    with spooled(io.BytesIO(b"a\nb\n")) as path:
        assert path.read_bytes() == b"a\nb\n"
        assert not left[0].exists() and left[1].exists()  # which may be at work
    assert not path.exists()
    left[1].unlink()


def test_what_is_no_corpus_is_said_so(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "settings.toml").write_text("")
    for name, words in (("pipe", "is a pipe"), ("run", "is a run, not a corpus")):
        with pytest.raises(InputError, match=words):
            plain_lines(str(tmp_path / name))


TABLE = 'name;age\nanna;3\n"x;y";4\n'


def every(corpus):
    """The lines of all splits, sorted."""
    return sorted(line for split in SPLITS for line in corpus.lines(split))


@pytest.mark.parametrize("ending", ["", ".txt", ".dat"])
def test_a_separator_makes_a_table_of_lines(tmp_path, ending):
    path = tmp_path / f"table{ending}"
    path.write_text(TABLE)
    found = prepare(find_card(str(path), separator=";", column="name"), unknown="keep")
    assert every(found) == ["anna", "x;y"]
    path.write_text(TABLE.replace(";", "\t"))
    found = prepare(find_card(str(path), separator="\t", column=0, header=False), unknown="keep")
    assert every(found) == ['"x', "anna", "name"]


@pytest.mark.parametrize(
    ("first", "then"), [("d.txt", "d.csv"), ("d.csv", "d.txt"), ("e.txt", "e.jsonl"), ("f", "g")]
)
def test_the_same_bytes_by_another_name_are_read_anew(tmp_path, cache, first, then):
    """Formats are told by endings: what was prepared of one is not what another holds."""
    text = "name\nanna\nberta\n"
    if "e." in first:
        text = '{"text": "anna"}\n{"text": "berta"}\n'
    found = []
    for name in (first, then):
        path = tmp_path / name
        if "." not in name:  # a folder, whose file is renamed
            path.mkdir()
            path = path / ("a.txt" if name == first else "a.csv")
        path.write_text(text)
        found.append(every(prepare(find_card(str(tmp_path / name)), unknown="keep")))
    table = ["anna", "berta"]
    lines = sorted(text.split("\n")[:-1])
    assert found == ([table, lines] if first.endswith("csv") else [lines, table])


def test_standard_input_may_be_a_table(textgan, cache):
    done = textgan(
        "corpora", "prepare", "-", "--separator", ";", "--column", "age", "--unknown", "keep",
        stdin=TABLE, check=0,
    )  # fmt: skip
    assert "2 read" in done.stdout + done.stderr
    found = "".join(path.read_text() for path in cache.glob("prepared/*/*.txt"))
    assert sorted(found.split()) == ["3", "4"]


@pytest.mark.parametrize(
    ("said", "options"), [("--column 1", ["--column", "1"]), ("--no-header", ["--no-header"])]
)
def test_columns_of_plain_lines_are_refused(textgan, names, said, options):
    for verb in (("train", "--dry-run"), ("corpora", "prepare")):
        done = textgan(*verb, names, *options, check=2)
        assert f"{said}: {names} is read as lines of text" in done.stderr
        assert "--separator" in done.stderr and done.stderr.count("\n") == 1
        done = textgan(*verb, "-", *options, stdin="a\nb\n", check=2)
        assert f"{said}: standard input is read as lines of text" in done.stderr


def test_what_is_said_of_tables_is_passed_over_by_lines_that_are_scored(textgan, names, tmp_path):
    table = tmp_path / "real.csv"
    table.write_text("age;name\n" + "".join(f"3;{n}\n" for n in names.read_text().split()))
    done = textgan(
        "evaluate", names, "--reference", table, "--separator", ";", "--column", "name",
        "--scores", "js", "--no-real", check=0,
    )  # fmt: skip
    assert "js4" in done.stdout and " 0.000" in done.stdout


def test_an_archive_that_pip_let_through_is_not_opened(index, monkeypatch):
    # As if pip did not look: it is told the digest of what there is.
    digest, zeros = poems(index).source.archive, "0" * 64
    written = pypi.Path.write_text

    def write(path, text, **more):
        return written(path, text.replace(zeros, digest), **more)

    monkeypatch.setattr(pypi.Path, "write_text", write)
    with pytest.raises(WorldError, match="is not the archive that the card names; not opened"):
        records(poems(index, archive=zeros))


def test_json_in_a_folder_is_left_alone(tmp_path):
    (tmp_path / "about.json").write_text('{"homepage": "x", "version": 2}')
    (tmp_path / "a.fa").write_text(">x\nACGT\n")
    assert plain_lines(str(tmp_path)) == ["ACGT"]
