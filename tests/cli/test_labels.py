"""Lines of a kind, from the table to the scores: `--labels` and `--label` on a real run."""

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest
import torch

from tests.cli.process import textgan, write
from tests.conftest import ROOT
from textgan.cli.by_label import ASKED
from textgan.cli.main import main
from textgan.metrics.labels import recognised
from textgan.metrics.material import pick
from textgan.model import TextGAN
from textgan.text.splits import SPLITS, line_hashes, split_numbers
from textgan.training.runs import run_corpus

KINDS = {"bird": "aeiou", "fish": "aei", "Old English": "ou"}
TINY = ("--preset", "tiny", "--length", 8, "--threads", 1)


def rows():
    """Rows of a table; no line of the kind "never" is in train."""
    found = [
        f"{a}{b}{c}{'ns'[n % 2]},{n},{kind}"
        for kind, vowels in KINDS.items()
        for n, a in enumerate("bcdfglmnprstw")
        for b in vowels
        for c in ("ra", "li", "to")
    ]
    words = [a + b for a in "bcdfglmnprstw" for b in "aeiou"]
    held_out = words[split_numbers(line_hashes(words)).tolist().index(2)]
    return ["text,n,kind", *found, f"{held_out},0,never"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    table, out = write(folder / "words.csv", rows()), folder / "RUN"
    done = textgan("train", table, *TINY, "--labels", "kind", "--steps", 4, "--out", out)
    assert done.returncode == 0 and "labels   4: bird " in done.stderr and "never 0" in done.stderr
    assert f"next:  textgan sample {out} -n 20 --label=bird   |" in done.stderr
    return out


def here(*arguments):
    """The command in this process, which a process of its own would take two seconds to begin."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    threads = torch.get_num_threads()
    with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
        status = main([*map(str, arguments)])
    torch.set_num_threads(threads)
    stdout, stderr = (stream.buffer.getvalue().decode() for stream in streams)
    return SimpleNamespace(returncode=status, stdout=stdout, stderr=stderr)


def ok(*arguments):
    done = here(*arguments)
    assert done.returncode == 0, done.stderr
    return done


def refused(*arguments):
    """What is said, in at most two lines and nothing to standard output."""
    done = here(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    said = [line for line in done.stderr.splitlines() if not line.startswith("drawing")]
    assert len(said) <= 2 and "Traceback" not in done.stderr
    return done.stderr


def sample(*arguments):
    return ok("sample", *arguments).stdout.split("\n")[:-1]


def sampled(*arguments):
    return [json.loads(line) for line in sample(*arguments, "--format", "jsonl")]


def test_lines_of_a_label_are_the_same_for_the_same_seed_whatever_n(run):
    lines = sample(run, "-n", 600, "--seed", 3, "--label", "fish")
    assert len(lines) == 600
    assert sample(run, "-n", 300, "--seed", 3, "--label", "fish") == lines[:300]
    model = TextGAN.from_pretrained(run)
    found = {kind: model.sample(600, 3, label=kind) for kind in KINDS}
    done = textgan("sample", run, "-n", 600, "--seed", 3, "--label", "fish", "--threads", 2)
    assert done.stdout.split("\n")[:-1] == lines
    assert found["fish"] == lines != model.sample(600, 4, label="fish")
    assert len(set(map(tuple, found.values()))) == 3


def test_lines_without_a_label_have_their_own_whatever_n(run):
    found = sampled(run, "-n", 600, "--seed", 3)
    assert found[:7] == sampled(run, "-n", 7, "--seed", 3)
    model = TextGAN.from_pretrained(run)
    labels = [line["label"] for line in found]
    assert labels == model.labels_of(range(600), 3) != model.labels_of(range(600), 4)
    assert set(labels) == set(KINDS)
    assert [line["text"] for line in found] == model.sample(600, 3)
    # The line of a number is the one that its label would have been asked for.
    asked = sampled(run, "-n", 600, "--seed", 3, "--label", "fish")
    assert {line["label"] for line in asked} == {"fish"}
    assert [line for line in asked if labels[line["index"]] == "fish"] == [
        line for line in found if line["label"] == "fish"
    ]


@pytest.mark.parametrize("more", [("--unique",), ("--unique", "--novel")])
def test_lines_that_are_chosen_keep_their_labels(run, more):
    options = ("-n", 40, "--temperature", 1)
    model = TextGAN.from_pretrained(run)
    found = sampled(run, *options, *more)
    assert len(found) == 40 and len({line["label"] for line in found}) > 1
    assert [line["label"] for line in found] == model.labels_of([line["index"] for line in found])
    corpus = run_corpus(run)
    learned = {line for split in SPLITS for line in corpus.lines(split)}
    found = sampled(run, *options, *more, "--label", "bird")
    drawn = model.sample(found[-1]["index"] + 1, temperature=1, label="bird")
    assert {line["label"] for line in found} == {"bird"}
    assert [line["text"] for line in found] == [drawn[line["index"]] for line in found]
    texts = [line["text"] for line in found]
    assert len(set(texts)) == len(texts) == 40
    assert "--novel" not in more or not {text.strip() for text in texts} & learned


def test_the_best_of_several_are_of_the_label(run):
    found = sampled(run, "-n", 40, "--best-of", 3, "--label", "fish")
    model = TextGAN.from_pretrained(run)
    best = model.sample(40, best_of=3, label="fish")
    assert [(line["text"], line["label"]) for line in found] == [(line, "fish") for line in best]
    assert best != model.sample(40, label="fish")
    found = sampled(run, "-n", 40, "--best-of", 3)
    assert [line["label"] for line in found] == model.labels_of(range(40))
    assert [line["text"] for line in found] == model.sample(40, best_of=3)


def test_a_label_that_is_none_is_told(run):
    for verb in ("sample", "evaluate"):
        said = refused(verb, run, "--label", "Old Englsh")
        assert "unknown label 'Old Englsh'; did you mean Old English?" in said
    assert "there are: Old English, bird, fish, never" in refused("sample", run, "--label", "")
    assert "'never', and no training line had it" in refused("sample", run, "--label", "never")


def test_a_model_without_labels_says_so(run, tmp_path):
    model = ROOT / "tests/golden/model"
    assert "this model knows none" in refused("sample", model, "--label", "fish")
    text = write(tmp_path / "a.txt", ["one", "two"])
    assert "this model knows none" in refused(
        "evaluate", model, "--label", "fish", "--reference", text
    )
    (line,) = sampled(model, "-n", 1)
    assert line.keys() == {"text", "seed", "index", "score"}


def test_a_run_is_told_by_label_how_much_is_recognised(run, tmp_path):
    out = tmp_path / "scores.json"
    done = ok("evaluate", run, "-n", 60, "--seed", 1, "--best-of", 2, "--json", out)
    result = json.loads(out.read_text(encoding="utf-8"))
    corpus, model = run_corpus(run), TextGAN.from_pretrained(run)
    order = sorted(KINDS, key=lambda kind: -corpus.summary.labels[kind])
    assert [each["label"] for each in result["labels"]] == order
    lines = {kind: model.sample(ASKED, 1, best_of=2, label=kind) for kind in order}
    expected = recognised(
        {kind: [line for line in lines[kind] if line.strip()] for kind in order},
        {kind: pick(corpus.lines("test", kind), ASKED, 1) for kind in order},
        {kind: corpus.lines("train", kind) for kind in order},
        "char",
        1,
    )
    assert result["labels"] == [vars(each) for each in expected]
    assert {each["label"]: each["train"] for each in result["labels"]} == {
        kind: corpus.summary.labels[kind] for kind in KINDS
    }
    head, how, blank, names, mean, *table = done.stdout.splitlines()[-len(order) - 5 :]
    assert head.startswith("labels     3 of 4, the most frequent; 200 samples of each")
    assert how.startswith("recognised: ") and blank == ""
    assert names.split()[:2] == ["label", "recognised"]
    assert mean.split()[0] == "mean"
    value = sum(each["value"] for each in result["labels"]) / len(order)
    assert float(mean.split()[1]) == pytest.approx(value, abs=0.001)
    assert mean.split()[-1] == f"{sum(each['train'] for each in result['labels']):,}"
    for row, each in zip(table, result["labels"], strict=True):
        figures = row.removeprefix(each["label"]).split()
        wanted = [each[key] for key in ("value", "low", "high", "real")]
        assert [float(figure) for figure in figures[:4]] == pytest.approx(wanted, abs=0.001)
        assert figures[4:] == [f"{each['real_n']:,}", f"{each['train']:,}"]
    assert last_scores(run)["labels"] == result["labels"]


def last_scores(run):
    return json.loads((run / "scores.jsonl").read_text(encoding="utf-8").splitlines()[-1])


def test_a_few_scores_are_taken_without_the_labels(run):
    done = ok("evaluate", run, "-n", 40, "--scores", "js")
    assert "recognised" not in done.stdout and "labels" not in last_scores(run)


def test_lines_of_one_label_are_scored_against_their_own(run, tmp_path):
    options = ("-n", 60, "--scores", "js,novel,unique", "--json", "-")
    result = json.loads(ok("evaluate", run, "--label", "fish", *options).stdout)
    assert result["label"] == last_scores(run)["label"] == "fish"
    corpus, texts = run_corpus(run), {}
    for split in SPLITS:
        # What is learned by heart may be of any label.
        lines = corpus.lines(split, None if split == "train" else "fish")
        texts[split] = write(tmp_path / f"{split}.txt", lines)
    assert result["train"] == corpus.summary.splits["train"]
    assert result["reference"] == len(corpus.lines("test", "fish")) < corpus.summary.splits["test"]
    samples = write(tmp_path / "fish.txt", sample(run, "-n", 60, "--label", "fish"))
    sides = "--reference", texts["test"], "--real", texts["validation"], "--train", texts["train"]
    plain = json.loads(ok("evaluate", samples, *sides, *options).stdout)
    assert plain["scores"] == result["scores"] and plain["n"] == result["n"]
    table = ok("evaluate", run, "--label", "fish", "-n", 20, "--scores", "js").stdout
    assert "20 samples, seed 0, label fish" in table and "recognised" not in table


def test_a_label_is_asked_of_runs_alone(run, tmp_path):
    text = write(tmp_path / "a.txt", ["one", "two", "three"])
    said = refused("evaluate", text, "--label", "fish", "--reference", text)
    assert said == f"textgan: --label fish: {text} is no run; leave it out\n"
    said = refused("evaluate", run, "--label", "fish", "--sweep")
    assert "--label and --sweep exclude each other" in said
    found = ok("evaluate", run / "model", "--label", "fish", "-n", 20, "--reference", text)
    assert "label fish" in found.stdout and "recognised" not in found.stdout


def test_a_run_goes_on_with_its_labels_alone(run, tmp_path):
    copy, table = tmp_path / "RUN", run.parent / "words.csv"
    shutil.copytree(run, copy)
    command = ("train", table, *TINY, "--out", copy)
    for other in ("n", "file"):
        said = refused(*command, "--labels", other)
        assert f"begun with corpus.labels=kind, not {other}" in said
    assert "is complete at step 4" in ok(*command, "--steps", 4).stderr
    ok(*command, "--labels", "kind", "--steps", 5)
    assert "is complete at step 5" in ok(*command, "--labels", "kind", "--steps", 5).stderr
    longer = TextGAN.from_pretrained(copy)
    assert longer.labels == TextGAN.from_pretrained(run).labels
    assert longer.sample(50, label="fish") != TextGAN.from_pretrained(run).sample(50, label="fish")


def test_a_run_without_labels_goes_on_without(finished, names):
    said = refused("train", names, *TINY, "--out", finished, "--labels", "file")
    assert "begun with corpus.labels=None, not file" in said


def test_a_run_s_lines_may_not_change_their_labels(run, tmp_path):
    table, out = write(tmp_path / "words.csv", rows()), tmp_path / "RUN"
    command = ("train", table, *TINY, "--labels", "kind", "--steps", 1, "--out", out)
    ok(*command)
    write(table, [row.replace(",fish", ",bird") if "ba" in row else row for row in rows()])
    assert "is not what the run" in refused(*command)


def test_prepare_tells_of_labels(tmp_path):
    table = write(tmp_path / "words.csv", [*rows(), "blank,0,"])
    out = ok("corpora", "prepare", table, "--labels", "kind", "--length", 8).stdout
    assert "1 without a label" in out
    counts = next(line for line in out.splitlines() if line.startswith("labels "))
    assert counts.startswith("labels   4: bird ") and counts.endswith(", never 0")
    said = refused("corpora", "prepare", table, "--labels", "knd")
    assert said == f"textgan: {table}: no --labels knd; it has: text, n, kind\n"
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        write(tmp_path / kind / "a.txt", [f"{kind} {n}" for n in range(30)])
    table.unlink()
    out = ok("corpora", "prepare", tmp_path, "--labels", "folder").stdout
    counts = next(line for line in out.splitlines() if line.startswith("labels "))
    assert counts.startswith("labels   3: ") and all(kind in counts for kind in KINDS)


def test_labels_of_standard_input_are_prepared_once(textgan):
    def prepared(*options):
        done = textgan("corpora", "prepare", "-", *options, stdin=text, check=0)
        return done.stdout.splitlines()[-1]

    text = "text,file\n" + "".join(f"line {n},{'xy'[n % 2]}\n" for n in range(40))
    options = "--separator", ",", "--labels", "file"
    assert prepared(*options) == prepared(*options) != prepared("--separator", ",", "--labels", "0")


def test_what_is_cut_is_cut_by_label_too(run):
    whole = json.loads(ok("evaluate", run, "-n", 40, "--json", "-").stdout)["labels"]
    first = json.loads(ok("evaluate", run, "-n", 40, "--cut", 1, "--json", "-").stdout)["labels"]
    # Kinds have all first letters in common.
    assert [each["real"] for each in first] != [each["real"] for each in whole]


def test_a_label_without_lines_in_a_split_is_named_with_the_option(tmp_path):
    words = [a + "ax" for a in "bcdfglmnprstw"]
    learned = words[split_numbers(line_hashes(words)).tolist().index(0)]
    table = write(tmp_path / "few.csv", [*rows(), f"{learned},0,rare"])
    out = tmp_path / "RUN"
    ok("train", table, *TINY, "--labels", "kind", "--steps", 1, "--out", out)
    options = "--label", "rare", "--reference", table, "--real", "test"
    said = refused("evaluate", out, *options)
    assert "--real test: the run held no test lines of the label rare out; give --no-real" in said


def test_a_model_that_is_not_of_the_run_s_labels_is_told(run, tmp_path):
    copy = tmp_path / "RUN"
    shutil.copytree(run, copy)
    config = copy / "model" / "config.json"
    config.write_text(config.read_text(encoding="utf-8").replace('"bird"', '"byrd"'))
    assert "its model knows other labels than its text has" in refused("evaluate", copy)


def test_novel_lines_of_a_model_are_those_that_a_column_lacks(run):
    table = write(run.parent / "names.csv", ["name,n,kind", *rows()[1:]])
    options = ("-n", 30, "--temperature", 1, "--novel", "--train", table)
    assert "name one of its columns with --column" in refused("sample", run / "model", *options)
    found = sample(run / "model", *options, "--column", "name")
    assert len(found) == 30 and not set(found) & {row.split(",")[0] for row in rows()}
