"""`textgan evaluate` as a real process on text files."""

import json

import pytest

from tests.cli.process import textgan, write
from tests.metrics.texts import captions
from textgan.cli.evaluate import patient
from textgan.metrics.evaluate import evaluate


@pytest.fixture
def files(tmp_path):
    return (
        write(tmp_path / "samples.txt", [*captions(30, 1), "", "  "]),
        write(tmp_path / "real.txt", captions(100, 2)),
    )


def test_table_says_how_many_lines_were_used(files, tmp_path):
    samples, real = files
    out = tmp_path / "scores.json"
    done = textgan("evaluate", samples, "--reference", real, "-n", 20, "--json", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "the first 20 of 30 lines" in done.stdout
    assert "80 of 100 lines" in done.stdout
    assert "20 lines drawn at random out of the reference" in done.stdout
    result = json.loads(out.read_text(encoding="utf-8"))
    assert (result["n"], result["reference"], result["real"]) == (20, 80, 20)
    assert result["scores"]["js4"]["real"] is not None
    assert "--train" in result["notes"]["novel"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "real.txt",
        "samples.txt",
        "scores.json",
    ]


def test_more_samples_than_half_the_reference_is_said(files):
    samples, real = files
    done = textgan("evaluate", real, "--reference", samples, "-n", 500)
    assert "fewer than -n 500" in done.stdout
    assert "15 lines drawn at random out of the reference\n" in done.stdout
    assert "scored     15 samples, as many as real lines (all with --no-real)" in done.stdout
    every = textgan("evaluate", real, "--reference", samples, "--no-real", "--json", "-")
    assert json.loads(every.stdout)["n"] == 100


def test_real_file_and_no_real(files, tmp_path):
    samples, real = files
    other = write(tmp_path / "other.txt", captions(90, 3))
    base = ("evaluate", samples, "--reference", real, "--scores", "js,novel", "--json", "-")
    given = json.loads(textgan(*base, "--real", other, "--train", real).stdout)
    assert (given["reference"], given["real"], given["train"]) == (100, 30, 100)
    assert given["scores"]["novel"]["value"] < 1
    without = json.loads(textgan(*base, "--no-real").stdout)
    assert (without["reference"], without["real"]) == (100, None)
    assert without["scores"]["js4"]["real"] is None
    assert given["scores"]["js4"]["value"] == without["scores"]["js4"]["value"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-n", "-3"), "-n -3"),
        (("--cut", "0"), "--cut 0"),
        (("--seed", "-1"), "--seed -1"),
        (("--scores", "jss"), "unknown score 'jss'; did you mean js"),
        (("--scores", ","), "--scores"),
        (("--scores", "js9"), "unknown score 'js9'; did you mean js"),
        (("--best-of", "3"), "--best-of 3"),
        (("--json", "."), ". is a folder; name a file"),
        (("--level", "letter"), "--level"),
        (("--real", "x", "--no-real"), "--no-real"),
        (("--reference", "absent.txt"), "absent.txt"),
        (("--train", "absent.txt"), "absent.txt"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(files, options, words):
    samples, real = files
    done = textgan("evaluate", samples, "--reference", real, *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_missing_reference_and_blank_samples(files, tmp_path):
    done = textgan("evaluate", files[0])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--reference" in done.stderr
    blank = write(tmp_path / "blank.txt", ["", "  "])
    done = textgan("evaluate", blank, "--reference", files[1])
    assert done.returncode == 2
    assert "blank.txt" in done.stderr


def test_an_unwritable_json_file_is_the_worlds_fault(files, tmp_path):
    target = files[0] / "scores.json"  # below a file, not a folder
    done = textgan("evaluate", files[0], "--reference", files[1], "--json", target)
    assert done.returncode == 1
    assert "samples.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_training_text_that_holds_the_real_lines_is_said(files):
    samples, real = files
    done = textgan("evaluate", samples, "--reference", real, "--train", real, "--scores", "novel")
    assert done.returncode == 0
    assert done.stderr.startswith("hint: ")
    assert "--real" in done.stderr


def test_all_scores_and_single_ones_beside_them(files):
    samples, real = files
    options = ("evaluate", samples, "--reference", real, "--train", real, "--json", "-")
    every = json.loads(textgan(*options, "--scores", "all").stdout)["scores"]
    assert {"js1", "bleu5", "reverse_lm", "frontier_lsa", "nearest_p50"} <= every.keys()
    some = json.loads(textgan(*options, "--scores", "js4,nearest_p50,gc").stdout)["scores"]
    assert some.keys() == {"js4", "nearest_p50", "gc", "gc_distance"}
    assert some["js4"] == every["js4"]


def test_scores_that_last_are_named(capsys):
    patient(60)("js")
    assert capsys.readouterr().err == ""
    tell = patient(0)
    told = []
    evaluate(["ab", "ba"], ["ab"], names=["js", "unique"], tell=lambda g: (told.append(g), tell(g)))
    assert told == ["js", "unique"]
    assert capsys.readouterr().err == "scoring js\nscoring unique\n"
