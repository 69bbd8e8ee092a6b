"""`textgan compare` as a real process on text files."""

import json
import os

import pytest

from tests.cli.process import textgan, write
from tests.metrics.texts import captions


@pytest.fixture
def files(tmp_path):
    return {
        "good": write(tmp_path / "good.txt", captions(60, 1)),
        "poor": write(tmp_path / "poor.txt", ["a cat sits on the mat", "it runs there"] * 25),
        "reference": write(tmp_path / "all.txt", captions(300, 2)),
    }


def test_a_file_gets_utf_8_whatever_the_locale(files):
    narrow = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    options = ("compare", files["poor"], files["good"], "--reference", files["reference"])
    done = textgan(*options, env={**os.environ, **narrow})
    assert done.returncode == 0, done.stderr
    assert "≈ does not" in done.stdout


def test_more_texts_than_real_lines_are_scored_in_equal_numbers(files):
    options = ("compare", files["reference"], "--reference", files["good"], "--json", "-")
    found = json.loads(textgan(*options).stdout)
    assert found["n"] == 30
    assert {text["n"] for text in found["texts"].values()} == {30}


def test_one_table_with_the_real_row_first(files):
    done = textgan("compare", files["poor"], files["good"], "--reference", files["reference"])
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if "js4" in line)
    assert [line.split()[0] for line in lines[head + 1 : head + 4]] == ["real", "poor", "good"]
    assert "all 60 lines, 50 scored" in done.stdout
    assert "250 of 300 lines" in done.stdout
    # Two sentences again and again are told from real text, which the table marks.
    assert any(line.startswith("poor") and "*" in line for line in lines)
    assert any(line.startswith("unique") and "poor <" in line for line in lines)


def test_json_holds_every_score_and_the_pairs_that_differ(files):
    names = "js,unique"
    options = ("--reference", files["reference"], "--scores", names, "--json")
    done = textgan("compare", files["poor"], files["good"], *options)
    result = json.loads(done.stdout)
    assert list(result["texts"]) == ["real", "poor", "good"]
    assert result["n"] == 50
    assert {text["n"] for text in result["texts"].values()} == {50}
    assert ["poor", "good"] in result["differences"]["unique"]
    assert ["real", "poor"] in result["differences"]["js4"]


def test_without_a_real_row(files):
    options = ("--reference", files["reference"], "--no-real", "--level", "word")
    done = textgan("compare", files["good"], *options)
    assert "300 of 300 lines" in done.stdout
    assert "*" not in done.stdout
    assert not any(line.startswith("real") for line in done.stdout.splitlines())


def test_same_names_and_bad_input(files, tmp_path):
    (tmp_path / "b").mkdir()
    other = write(tmp_path / "b" / "good.txt", captions(60, 3))
    options = ("--reference", files["reference"], "--scores", "js")
    done = textgan("compare", files["good"], other, *options)
    assert f"{other}: all 60 lines" in done.stdout
    done = textgan("compare", other, other, *options)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "named twice" in done.stderr
    assert textgan("compare", "--reference", files["reference"]).returncode == 2
