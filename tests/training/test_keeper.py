import json

from textgan.metrics.divergence import Reference
from textgan.model import TextGAN
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
