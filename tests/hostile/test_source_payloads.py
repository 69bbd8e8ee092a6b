"""Corpora, cards, archives and datasets of a stranger: nothing runs, and all of it is bounded."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from tests.conftest import ROOT
from tests.hostile.watch import guarded
from textgan.errors import InputError, WorldError
from textgan.text import packed, pypi, readers
from textgan.text.card import Card, Hub, Local, Pypi, parse_card
from textgan.text.corpus import find_card, plain_lines, prepare
from textgan.text.extracts import docstrings, literal
from textgan.text.hub import refuse_strangers
from textgan.text.readers import read_stream
from textgan.text.reading import Reading
from textgan.text.sources import opened

pytestmark = pytest.mark.usefixtures("own_cache")


def bomb(ending, size, piece):
    if ending != "zst":
        out = io.BytesIO()
        kind = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}[ending]
        with kind(out, "wb") as file:
            for _ in range(size // len(piece)):
                file.write(piece)
        return out.getvalue()
    packer = zstandard.ZstdCompressor().compressobj()
    return b"".join([packer.compress(piece) for _ in range(size // len(piece))]) + packer.flush()


@pytest.mark.parametrize("ending", packed.PACKED)
@pytest.mark.parametrize("line", [b"a" * 1023 + b"\n", b"a" * 1024])
def test_a_packed_file_without_end(tmp_path, monkeypatch, ending, line):
    """In a process of its own, so that its memory is its own (which getrusage does not tell)."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the most memory of a process is read from /proc")
    path = tmp_path / f"bomb.txt.{ending}"
    path.write_bytes(bomb(ending, 1 << 27, line * (1 << 10)))
    code = (
        "import pathlib, re, sys; from textgan.text import packed, readers;"
        "packed.GREATEST = 1 << 25;"
        "readers.LONGEST = 1 << 24; from textgan.text.corpus import find_card, prepare\n"
        "try: prepare(find_card(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', status)[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    told, memory = done.stdout.splitlines()
    assert told.startswith("InputError") and str(path) in told
    assert ("more than 200 times" in told) or ("line 1 is longer than" in told)
    assert int(memory) < 400_000  # KiB


def test_text_that_packs_well_is_no_bomb(monkeypatch):
    monkeypatch.setattr(packed, "GREATEST", 1 << 16)
    text = "".join(f"line {n} of a text\n" for n in range(50_000)).encode()
    packers = {"gz": gzip, "bz2": bz2, "xz": lzma, "zst": zstandard}
    for ending, pack in ((ending, module.compress) for ending, module in packers.items()):
        chunks = read_stream(io.BytesIO(pack(text)), f"a.txt.{ending}", Reading())
        assert sum(map(len, chunks)) == 50_000


def test_lines_and_texts_have_an_end(monkeypatch):
    monkeypatch.setattr(readers, "LONGEST", 100)
    monkeypatch.setattr(readers, "BLOCK", 16)
    for reading in (Reading(), Reading(split=","), Reading(format="docstrings")):
        with pytest.raises(InputError, match="longer than 100 characters"):
            list(read_stream(io.BytesIO(b"x" * 200), "a.txt", reading))
    lines = [f"{n:090d}" for n in range(9)]
    found = read_stream(io.BytesIO("\n".join(lines).encode()), "a.txt", Reading())
    assert [line for chunk in found for line in chunk] == lines


def test_a_packed_parquet_file_is_not_unpacked_into_memory():
    with pytest.raises(InputError, match="unpack it first"):
        list(read_stream(io.BytesIO(gzip.compress(b"x")), "a.parquet.gz", Reading()))


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for its index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def test_a_source_release_of_a_strangers_card_is_never_built(index, mark):
    """Pip would run its setup.py to learn its metadata."""
    archive = index / "evil-1.0.tar.gz"
    script = f"open({str(mark)!r}, 'w')\nfrom setuptools import setup\nsetup(name='evil')\n"
    with tarfile.open(archive, "w:gz") as tar:
        for name, text in {"setup.py": script, "PKG-INFO": "Name: evil\nVersion: 1.0\n"}.items():
            info = tarfile.TarInfo(f"evil-1.0/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    for name in ("mine", "chinese-words"):  # named like one of textgan's own, too
        card = Card(name, Pypi("evil", "1.0", digest, {"data.txt": "0" * 64}))
        with pytest.raises(WorldError, match=r"cannot fetch evil 1\.0") as caught:
            with opened(card, lambda text: None):
                pass
        assert "only wheels" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("package", "x\n--index-url http://127.0.0.1:9/"),
        ("package", "x @ file:///tmp/x"),
        ("package", "-r/etc/passwd"),
        ("version", "1.0 --global-option=x"),
        ("version", "1.0\n-e ."),
        ("archive", "0"),
        ("members", {"x": "../../etc/passwd"}),
    ],
)
def test_a_card_puts_no_words_into_pips_mouth(key, value):
    zeros = "0" * 64
    release = {"package": "x", "version": "1", "archive": zeros, "members": {"x": zeros}}
    table = {"source": {"kind": "pypi", **release, key: value}}
    with pytest.raises(InputError, match="here ") as caught:
        parse_card(table, "mine", "here")
    assert "\n" not in str(caught.value)


def lying_zip(path):
    """A member whose header says 5 bytes where 1 MiB comes out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.txt", bytes(1 << 20))
    data = path.read_bytes()
    size = (1 << 20).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (5).to_bytes(4, "little")))


def test_an_archive_that_lies(tmp_path, monkeypatch):
    lying_zip(tmp_path / "a.whl")
    with pytest.raises(WorldError, match="is damaged"):
        pypi.read_member(tmp_path / "a.whl", "data.txt")
    with zipfile.ZipFile(tmp_path / "b.whl", "w") as file:
        file.writestr("../../mark", b"x")
    assert pypi.read_member(tmp_path / "b.whl", "mark") == b"x"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.whl", "b.whl"]
    monkeypatch.setattr(pypi, "LIMIT", 1 << 16)
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("c/data.txt")
        info.size = 1 << 24
        tar.addfile(info, io.BytesIO(bytes(1 << 24)))
    with pytest.raises(WorldError, match=r"data\.txt is larger than"):
        pypi.read_member(tmp_path / "c.tar.gz", "data.txt")


def rows_of(folder):
    with opened(Card("evil", Hub(str(folder)), reading=Reading(column="text"))) as material:
        return [line for chunk in material.chunks() for line in chunk]


@pytest.mark.parametrize("where", ["../secret.txt", "{folder}/secret.txt", "link"])
def test_a_dataset_reads_its_own_files_alone(tmp_path, where):
    (tmp_path / "secret.txt").write_text("a secret\n")
    folder = tmp_path / "poems"
    folder.mkdir()
    (folder / "train.txt").write_text("a poem\n")
    assert rows_of(folder) == ["a poem"]
    if where == "link":
        (folder / "train.txt").unlink()
        (folder / "train.txt").symlink_to(tmp_path / "secret.txt")
    else:
        files = f"  - split: train\n    path: {where.format(folder=tmp_path)}\n"
        (folder / "README.md").write_text(
            f"---\nconfigs:\n- config_name: default\n  data_files:\n{files}---\n"
        )
    with pytest.raises(InputError, match="which is not in the dataset") as caught:
        rows_of(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "own"),
    [
        ("hf://datasets/owner/poems@abc/train.txt", True),
        ("hf://datasets/owner/poems/train.txt", True),
        ("hf://datasets/victim/private@abc/secret.txt", False),
        ("hf://datasets/owner/poems2@abc/train.txt", False),
        ("hf://datasets/owner/poems@abc/../../../victim/private/secret.txt", False),
        ("/etc/passwd", False),
    ],
)
def test_a_dataset_of_the_hub_reads_its_own_files_alone(file, own):
    builder = type("Text", (), {"__module__": "datasets.packaged_modules.text"})()
    builder.config = SimpleNamespace(data_files={"train": [file]})
    if own:
        return refuse_strangers(builder, "owner/poems", "hf:owner/poems")
    with pytest.raises(InputError, match="which is not in the dataset"):
        refuse_strangers(builder, "owner/poems", "hf:owner/poems")


def test_source_too_deep_for_the_parser():
    for source in ("x = " + "-" * 200_000 + "1", "x = " + "not " * 200_000 + "1"):
        assert docstrings(source) == []
        with pytest.raises(InputError, match="is not Python source"):
            literal(source, "x", "a.py")


def test_a_dataset_of_a_form_that_is_no_text(tmp_path, payload):
    folder = tmp_path / "poems"
    folder.mkdir()
    with tarfile.open(folder / "train.tar", "w") as tar:
        for name, data in {"a.pkl": payload, "a.txt": b"x"}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(InputError, match="of the form 'webdataset'"):
        rows_of(folder)


def test_a_script_beside_the_data_never_runs(tmp_path, mark):
    folder = tmp_path / "poems"
    folder.mkdir()
    (folder / "poems.py").write_text(f"open({str(mark)!r}, 'w').write('ran')\n")
    (folder / "train.jsonl").write_text('{"text": "a poem"}\n')
    try:
        assert rows_of(folder) == ["a poem"]
    except InputError as error:  # or the whole folder is refused
        assert "\n" not in str(error)


def test_a_corpus_of_python_source_is_read_and_not_run(tmp_path, mark):
    (tmp_path / "a.py").write_text(f'"""A sentence here."""\nx = open({str(mark)!r}, "w")\n')
    card = Card("a", Local(str(tmp_path / "a.py")), reading=Reading(format="docstrings"))
    with guarded(tmp_path), opened(card) as material:
        assert list(material.chunks()) == [["A sentence here."]]


def test_lines_that_look_like_commands_are_lines(tmp_path, mark):
    lines = [f"$(touch {mark})", f"`touch {mark}`", "{{7*7}}", "%s%n", "../../x", "=cmd|'/C x'!A0"]
    path = tmp_path / "a.txt"
    path.write_text("\n".join(lines))
    with guarded(tmp_path):
        assert plain_lines(str(path)) == lines
        assert prepare(find_card(str(path)), unknown="keep").summary.kept == len(lines)
