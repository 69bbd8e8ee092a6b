"""`textgan corpora` as a real process: what it prints, and how it refuses what it cannot read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from textgan.cli import reading
from textgan.text.build import LEARNING

ROOT = Path(__file__).parents[2]
NAMES = [f"{a}{b}" for a in ("anna", "bea", "cleo", "dora") for b in "aeioulmnrst"]


@pytest.fixture
def corpora(tmp_path):
    """Runs the verb with a cache of its own: (status, standard output, standard error)."""

    def run(*arguments, stdin=b"", columns="80"):
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "corpora", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            check=False,
            env={**os.environ, "TEXTGAN_CACHE": str(tmp_path / "cache"), "COLUMNS": columns},
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


def test_list_is_a_table(corpora):
    status, out, err = corpora()
    assert (status, err) == (0, "")
    rows = out.splitlines()
    assert rows[0].split() == ["name", "lines", "here", "source", "licence"]
    assert len(rows) > 15
    assert max(map(len, rows)) <= 100
    (words,) = [row for row in rows if row.startswith("words ")]
    assert words.split() == ["words", "30,000", "yes", "with", "zxcvbn", "MIT"]
    (moses,) = [row for row in rows if row.startswith("moses ")]
    assert moses.split()[:3] == ["moses", "1,584,663", "no"]
    assert corpora("list") == (status, out, err)


def test_show_a_card_and_its_lines(corpora):
    status, out, err = corpora("show", "given-names")
    assert (status, err) == (0, "")
    assert "licence  MIT" in out
    assert "such as  mary" in out
    status, out, err = corpora("show", "moses")
    assert (status, err) == (0, "")
    assert "not here yet: textgan corpora prepare moses" in out


def test_prepare_a_file_and_again(corpora, tmp_path):
    (tmp_path / "mine.txt").write_text("\n".join([*NAMES, NAMES[0], ""]))
    status, out, err = corpora("prepare", "mine.txt", "--length", "8")
    assert (status, err) == (0, "")
    assert "lines    45 read, 44 kept" in out
    assert "dropped  1 duplicates" in out
    folder = Path(out.splitlines()[-1].split(maxsplit=1)[1])
    assert (folder / "train.npy").is_file()
    assert corpora("prepare", "mine.txt", "--length", "8") == (status, out, err)
    status, out, _ = corpora("prepare", "-", "--length", "8", stdin="\n".join(NAMES).encode())
    assert status == 0 and "44 read, 44 kept" in out


def test_every_reading_flag_arrives(corpora, tmp_path):
    (tmp_path / "t.csv").write_bytes("1,É  x\n2,é x\n3,Üüü\n4,b\n".encode("latin-1"))
    status, out, err = corpora(
        "prepare", "t.csv", "--column", "1", "--no-header", "--encoding", "latin-1", "--case",
        "lower", "--whitespace", "strip", "--unicode", "NFKC", "--min-length", "2", "--length", "3",
        "--too-long", "skip", "--duplicates", "keep", "--unknown", "keep", "--tokenizer", "byte",
        "--errors", "strict", "--max-vocab", "300",
    )  # fmt: skip
    assert (status, out) == (2, "")
    assert "none of 4 lines is left (1 too short, 3 too long)" in err
    status, out, err = corpora(
        "prepare", "t.csv", "--column", "1", "--no-header", "--encoding", "latin-1", "--case",
        "lower", "--min-length", "2", "--tokenizer", "char", "--unknown", "keep",
    )  # fmt: skip
    assert (status, err) == (0, "")
    assert "4 read, 2 kept" in out and "1 too short, 1 duplicates" in out.replace(
        " 0 too long,", ""
    )


BAD = {
    "missing.txt": (None, "no such file or folder: missing.txt"),
    "empty.txt": (b"", "empty.txt: is empty"),
    "blank.txt": (b" \n\n\t\r\n", "blank.txt: holds only blank lines"),
    "binary.txt": (bytes(range(256)) * 9, "binary.txt: is a binary file"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "picture.png: is a binary file"),
    "latin.txt": ("ab\ncdé\n".encode("latin-1"), "line 2, byte 5 (0xe9) is not utf-8"),
    "nul.txt": (b"some text\nand so\0 on\n", "nul.txt: line 2 holds a NUL byte"),
    "cut.txt.gz": (b"\x1f\x8b\x08\0\0\0\0\0\0\xff", "cut.txt.gz: is not a whole gz file"),
    "bad.jsonl": (b"{\n", "bad.jsonl: line 1 is not JSON"),
    "two.csv": (b"a,b\n1,2\n", "name one of its columns with --column: a, b"),
    "bad.parquet": (b"PAR1", "bad.parquet: is not a parquet file"),
    "bad.toml": (b"length = ", "bad.toml: is not a card in TOML"),
}


@pytest.mark.parametrize("name", BAD)
def test_files_that_are_no_corpus(corpora, tmp_path, name):
    content, message = BAD[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, out, err = corpora("prepare", name)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) <= 2
    assert "Traceback" not in err
    assert "--encoding" in err or name != "latin.txt"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prepare", "wrods"], "did you mean words"),
        (["prepare", "given-names", "--length", "0"], "--length 0"),
        (["prepare", "given-names", "--length", "x"], "--length"),
        (["prepare", "given-names", "--lenght", "3"], "--lenght"),
        (["prepare", "given-names", "--tokenizer", "chat"], "did you mean char"),
        (["prepare", "given-names", "--tokenizer", "bpe", "--vocab-size", "99999"], "65,536"),
        (["prepare", "given-names", "--max-vocab", "2"], "--max-vocab"),
        (["prepare", "t.csv", "--column", "nme"], "no --column nme; it has: name, n"),
        (["prepare", "t.csv", "--column", "name", "--encoding", "utf-9"], "--encoding utf-9"),
        (["prepare", "t.csv", "--column", "name", "--errors", "loose"], "--errors"),
        (["prepare"], "prepare which corpus?"),
        (["list", "words"], "list takes no corpus"),
        (["prepear", "words"], "did you mean prepare"),
    ],
)
def test_arguments_that_cannot_be(corpora, tmp_path, arguments, message):
    (tmp_path / "t.csv").write_text("name,n\na,1\n")
    status, out, err = corpora(*arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) <= 2
    assert "Traceback" not in err


def test_standard_input_is_named(corpora):
    assert corpora("prepare", "-") == (2, "", "textgan: standard input: is empty\n")
    status, _, err = corpora("prepare", "-", stdin=b"a\n\xff\n")
    assert status == 2 and "standard input: line 2, byte 2 (0xff)" in err


def test_a_read_only_cache_is_the_worlds_fault(corpora, tmp_path):
    (tmp_path / "mine.txt").write_text("\n".join(NAMES))
    (tmp_path / "cache").write_text("a file stands where the cache should be")
    status, out, err = corpora("prepare", "mine.txt")
    assert (status, out) == (1, "")
    assert "cache" in err and len(err.strip().splitlines()) <= 2


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    """A limit on the size of files stands in for the disk."""
    (tmp_path / "mine.txt").write_text("\n".join(f"line {i}" for i in range(50_000)))
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 100; exec "$@"', "-", sys.executable, ROOT / "cli.py",
         "corpora", "prepare", "mine.txt"],
        capture_output=True, cwd=tmp_path, check=False,
        env={**os.environ, "TEXTGAN_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"cannot write to" in done.stderr and done.stderr.count(b"\n") <= 2
    assert not list((tmp_path / "cache" / "prepared").iterdir())


def test_progress_in_a_file_is_a_line_at_times(capsys, monkeypatch):
    monkeypatch.setattr(reading, "QUIET_SECONDS", 0)
    tell = reading.progress_line()
    tell("read", 5_000, 20_000)
    tell("encode", 20_000, 20_000)
    told = capsys.readouterr().err
    assert told == "read 5,000 of 20,000 lines\nencode 20,000 of 20,000 lines\n"
    monkeypatch.setattr(reading, "QUIET_SECONDS", 30)
    reading.progress_line()("read", 5_000, 20_000)
    assert capsys.readouterr().err == ""


def test_learning_that_lasts_is_told_beforehand(capsys):
    assert reading.LEARNING == LEARNING
    tell = reading.progress_line()
    tell(LEARNING, reading.MANY_LINES - 1, None)
    assert capsys.readouterr().err == ""
    tell(LEARNING, reading.MANY_LINES, None)
    assert capsys.readouterr().err == "learning a vocabulary from 100,000 lines\n"
