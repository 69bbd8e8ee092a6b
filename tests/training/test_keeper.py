import json

import pytest

from textgan.metrics.divergence import Reference
from textgan.model import TextGAN
from textgan.training import keeper
from textgan.training.runs import run_corpus


def last_scores(run):
    lines = map(json.loads, (run / "record.jsonl").read_text().splitlines())
    return [line["scores"] for line in lines if "scores" in line][-1]


def test_scores_are_against_validation_lines_with_test_lines_beside(finished):
    corpus, kept = run_corpus(finished), last_scores(finished)
    reference = Reference.of(corpus.lines("validation"), corpus.tokenizer.level)
    beside = corpus.lines("test")
    written = TextGAN.from_pretrained(finished).sample(len(beside))
    for name, value in reference.js(written).items():
        assert kept.get(name) == value
    for name, value in reference.js(beside).items():
        assert kept.get(f"{name}_real") == value
    counts = f"{len(beside)} samples against {len(corpus.lines('validation'))} validation lines"
    assert counts in (finished / "model" / "README.md").read_text()


def test_without_validation_lines_what_serves_is_said(textgan, tmp_path):
    corpus = tmp_path / "few.txt"
    corpus.write_text("".join(f"line {letter}\n" for letter in "abc"))
    run = tmp_path / "run"
    options = ("--preset", "tiny", "--steps", 2, "--threads", 1, "--out", run)
    textgan("train", corpus, *options, check=0)
    corpus = run_corpus(run)
    assert not corpus.lines("validation")
    split = "test" if corpus.lines("test") else "train"
    said = (run / "model" / "README.md").read_text()
    assert f"against {len(corpus.lines(split))} {split} lines; real text: 0 test lines" in said
    assert not any(name.endswith("_real") for name in last_scores(run))


def test_a_hundred_lines_are_kept_and_all_are_scored(run_here, tmp_path):
    asked = {"network.latent": 1, "record.score_samples": 150}  # so little that many are the same
    run_here(tmp_path, {"training.steps": 1, **asked})
    lines = TextGAN.from_pretrained(tmp_path).sample(150)
    kept = (tmp_path / "samples/00000001.txt").read_text()
    assert kept == "".join(line + "\n" for line in lines[:100])
    compared = len(run_corpus(tmp_path).lines("test"))
    shares = [len(set(lines[:n])) / n for n in (compared, 100, 150)]
    assert len(set(shares)) == 3 and last_scores(tmp_path)["unique"] == shares[2]


@pytest.mark.parametrize("most", [None, 5])
def test_all_validation_lines_are_the_reference_up_to_a_bound(
    run_here, tmp_path, monkeypatch, most
):
    if most is None:
        assert keeper.REFERENCE_LINES == 100_000
    else:
        monkeypatch.setattr(keeper, "REFERENCE_LINES", most)
    run_here(tmp_path, {"training.steps": 1, "record.score_samples": 8})
    corpus = run_corpus(tmp_path)
    assert len(corpus.lines("validation")) > 8 and len(corpus.lines("test")) > 8
    reference = corpus.some_lines("validation", most or 100_000)
    assert len(reference) == (most or len(corpus.lines("validation")))
    lines = TextGAN.from_pretrained(tmp_path).sample(8)
    kept = last_scores(tmp_path)
    for name, value in Reference.of(reference, corpus.tokenizer.level).js(lines).items():
        assert kept.get(name) == value
    said = (tmp_path / "model" / "README.md").read_text()
    assert f"8 samples against {len(reference)} validation lines; real text: 8 test" in said
