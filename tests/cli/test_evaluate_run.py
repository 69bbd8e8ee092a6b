"""`textgan evaluate`, `--sweep` and `compare` on a real run, which a tiny training makes."""

import json

import pytest

from tests.cli.process import textgan, write
from tests.metrics.texts import captions
from textgan.text.corpus import find_card, prepare
from textgan.training.runs import run_corpus


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    text = write(folder / "captions.txt", dict.fromkeys(captions(900, 1)))
    out = folder / "RUN"
    done = textgan("train", text, "--preset", "tiny", "--steps", 3, "--out", out, "--length", 24)
    assert done.returncode == 0, done.stderr
    return out


def test_a_run_faces_its_own_test_split(run):
    before = len(lines_of(run))
    done = textgan("evaluate", run, "-n", 60, "--json", "-")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    corpus = run_corpus(run)
    written, real = 60 - result["blank"], len(corpus.lines("validation"))
    assert result["n"] == result["real"] == min(written, real)
    assert result["reference"] == len(corpus.lines("test"))
    assert result["level"] == "char"
    assert result["train"] > result["reference"]
    assert result["scores"]["novel"]["value"] is not None
    added = lines_of(run)[before:]
    assert len(added) == 1
    assert added[0]["scores"] == result["scores"]
    assert added[0]["step"] == 3
    assert added[0]["date"].endswith("+00:00")


def lines_of(run):
    path = run / "scores.jsonl"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


def test_splits_by_name_and_the_same_seed(run):
    options = ("-n", 40, "--reference", "train", "--real", "test", "--scores", "js", "--json", "-")
    result = json.loads(textgan("evaluate", run, *options).stdout)
    assert result["reference"] == result["train"]
    assert result["real"] == result["n"]
    assert json.loads(textgan("evaluate", run, *options).stdout) == result
    other = json.loads(textgan("evaluate", run, *options, "--seed", 1).stdout)
    assert other["scores"]["js1"] != result["scores"]["js1"]


def test_the_best_of_several_are_scored_and_recorded_as_such(run):
    done = textgan("evaluate", run, "-n", 40, "--scores", "js", "--best-of", 3)
    assert done.returncode == 0, done.stderr
    assert "40 samples, seed 0, each the best of 3" in done.stdout
    assert lines_of(run)[-1]["best_of"] == 3
    done = textgan("evaluate", run, "--best-of", 0)
    assert (done.returncode, "--best-of 0" in done.stderr) == (2, True)


def test_a_model_folder_needs_a_reference(run):
    done = textgan("evaluate", run / "model", "-n", 5)
    assert (done.returncode, "--reference" in done.stderr) == (2, True)
    done = textgan("evaluate", run / "model", "-n", 20, "--reference", run.parent / "captions.txt")
    assert done.returncode == 0
    assert "20 samples, seed 0" in done.stdout


def test_compare_takes_runs_and_texts_together(run):
    text = run.parent / "captions.txt"
    done = textgan("compare", run, text, "-n", 40, "--scores", "js2,unique")
    assert done.returncode == 0, done.stderr
    assert "RUN: 40 samples" in done.stdout
    assert "captions: the first 40 of" in done.stdout
    assert "test:" in done.stdout


def test_sweep_draws_the_curve_beside_the_ngrams(run, tmp_path):
    out = tmp_path / "sweep.json"
    options = ("--sweep", "-n", 30, "--scores", "js2,unique", "--json", out)
    done = textgan("evaluate", run, *options)
    assert done.returncode == 0, done.stderr
    names = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert {"real text", "temperature 0", "temperature 1", "truncation 1", "best of 8"} <= set(
        names
    )
    curve = json.loads(out.read_text(encoding="utf-8"))["sweep"]
    assert [point["setting"] for point in curve].count("n-gram") == 4
    assert curve[0]["setting"] == "real"
    assert set(curve[-1]["scores"]) == {"js2", "unique"}
    done = textgan("evaluate", run, "--sweep", "--best-of", 4)
    assert (done.returncode, "--best-of and --sweep" in done.stderr) == (2, True)
    done = textgan("evaluate", run.parent / "captions.txt", "--sweep")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "--sweep" in done.stderr


def test_runs_on_different_text_need_a_reference(run, tmp_path):
    text = write(tmp_path / "words.txt", [f"word{i} and {i}" for i in range(400)])
    other = tmp_path / "OTHER"
    done = textgan("train", text, "--preset", "tiny", "--steps", 1, "--out", other, "--length", 24)
    assert done.returncode == 0, done.stderr
    done = textgan("compare", run, other, "-n", 20)
    assert done.returncode == 2 and "were trained on different text" in done.stderr
    done = textgan("compare", run, other, "-n", 20, "--reference", text, "--json", "-")
    found = json.loads(done.stdout)["texts"]
    assert {score["value"] for text in found.values() for n, score in text["scores"].items()
            if n == "novel"} == {None}  # fmt: skip


def test_runs_on_the_same_text_cut_differently_need_a_reference(run, tmp_path):
    """Of one the test lines might be the beginnings of what the other was trained on."""
    text, found = run.parent / "captions.txt", []
    for length, tokenizer in ((8, "char"), (24, "char"), (24, "byte")):
        out = tmp_path / f"{tokenizer}{length}"
        done = textgan(
            "train", text, "--preset", "tiny", "--steps", 1, "--out", out, "--length", length,
            "--tokenizer", tokenizer,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found.append(out)
    short, whole, spelled = found
    for pair in ((short, whole), (whole, short)):
        done = textgan("compare", *pair, "-n", 20)
        assert done.returncode == 2
        assert "cleaned, cut or divided differently" in done.stderr and "--reference" in done.stderr
        done = textgan("compare", *pair, "-n", 20, "--reference", text, "--scores", "js2")
        assert done.returncode == 0, done.stderr
    done = textgan("compare", whole, spelled, "-n", 20, "--scores", "js2", "--level", "char")
    assert done.returncode == 0, done.stderr


def test_a_run_that_held_one_line_out_is_scored_as_training_says(tmp_path):
    # Of a hundred lines one that falls to the test split, and others that do to training.
    lines = [f"{n}ba{n}na" for n in range(100)]
    whole = prepare(find_card(str(write(tmp_path / "whole.txt", lines))), unknown="keep")
    few = [*whole.lines("train")[:20], whole.lines("test")[0]]
    text = write(tmp_path / "few.txt", few)
    said = scored_as_training_says(text, tmp_path / "RUN", "a single line", "--unknown", "keep")
    assert "validation 0, test 1" in said


def scored_as_training_says(text, out, held, *options):
    """A run that held too little out is scored by what training offers; its standard error."""
    done = textgan("train", text, "--preset", "tiny", "--steps", 2, "--out", out, *options)
    assert done.returncode == 0, done.stderr
    offered = done.stderr.splitlines()[-1].split("|")[-1].split()
    assert offered == ["textgan", "evaluate", str(out), "--reference", "train", "--no-real"]
    refused = textgan("evaluate", out, "-n", 20)
    assert refused.returncode == 2
    assert f"the run held {held} out; give --reference train --no-real" in refused.stderr
    scored = textgan(*offered[1:], "-n", 20, "--scores", "js")
    assert scored.returncode == 0, scored.stderr
    return done.stderr


def test_a_split_that_is_none_is_told(run):
    done = textgan("evaluate", run, "-n", 20, "--reference", "tset")
    assert done.returncode == 2 and "splits there are train, validation, test" in done.stderr


def test_a_run_that_held_nothing_out_is_scored_as_training_says(tmp_path):
    text = write(tmp_path / "few.txt", ["bana", "cobo", "dulu", "fefe"])
    assert "test 0" in scored_as_training_says(text, tmp_path / "RUN", "no test lines")


def test_a_run_keeps_the_separator_of_its_text(tmp_path):
    text = write(tmp_path / "a.csv", ["n;text", *(f"{n};ba{n}na, {n}" for n in range(40))])
    asked = textgan("train", text, "--preset", "tiny", "--dry-run")
    assert asked.returncode == 2 and "give --separator ';'" in asked.stderr
    out = tmp_path / "RUN"
    command = ("train", text, "--preset", "tiny", "--steps", 2, "--out", out)
    done = textgan(*command, "--separator", ";", "--column", "text")
    assert done.returncode == 0, done.stderr
    assert "40 read, 40 kept" in done.stderr
    assert 'separator = ";"' in (out / "settings.toml").read_text()
    again = textgan(*command)
    assert again.returncode == 0 and "is complete at step 2" in again.stderr
