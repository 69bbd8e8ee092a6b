"""What Python is given: `textgan.train` and `textgan.evaluate`, and how they leave a program."""

import json
import os
import signal
import subprocess
import sys
import tomllib

import numpy as np
import pytest
import torch

import textgan
from tests.conftest import ROOT
from textgan.errors import InputError

TINY = {"preset": "tiny", "steps": 2, "length": 8, "progress": False}


def test_the_python_interface_does_what_the_verbs_do(names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = textgan.train(names, preset="tiny", steps=10, length=8)
    assert (tmp_path / "runs/names/settings.toml").exists()
    lines = [line for line in model.sample(60) if line.strip()]
    result = textgan.evaluate(lines, reference=names, names=["js2", "unique"])
    scores = {score.name: score for score in result.scores}
    assert scores["js2"].real is not None and 0 < scores["js2"].value <= 1
    assert json.loads(json.dumps(result.as_json()))["n"] == len(lines)


def test_from_python_too_a_run_is_shown(names, tmp_path, capsys):
    textgan.train(names, out=tmp_path / "a", preset="tiny", steps=10, length=8)
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.startswith("step 5  ") and " left  " in shown.err
    textgan.train(names, out=tmp_path / "b", preset="tiny", steps=10, length=8, progress=False)
    assert capsys.readouterr() == ("", "")


def test_python_too_is_told_of_a_damaged_checkpoint(names, tmp_path, caplog):
    for steps in (5, 10):
        textgan.train(names, out=tmp_path / "run", preset="tiny", steps=steps, length=8)
    assert not caplog.records
    (tmp_path / "run/checkpoints/00000010/critic.safetensors").write_bytes(b"")
    textgan.train(names, out=tmp_path / "run", preset="tiny", steps=15, length=8)
    assert "00000010 is damaged" in caplog.text


def test_evaluate_reads_every_corpus_that_is_named_by_its_file(names):
    lines = names.read_text(encoding="utf-8").split()
    found = textgan.evaluate(
        lines[:40], reference=names, real=names, train=str(names), names=["novel"]
    )
    assert found["novel"].value == found["novel"].real == 0
    assert (found.n, found.real) == (40, 40)
    with pytest.raises(InputError, match="one string"):
        textgan.evaluate("runs/names", reference=names)
    with pytest.raises(InputError, match="seed is -1"):
        textgan.evaluate(lines, reference=names, seed=-1)


@pytest.mark.parametrize(
    ("argument", "value", "key", "written"),
    [
        ("preset", "hinge", "objective.name", "hinge"),
        ("steps", np.int64(3), "training.steps", 3),
        ("minutes", np.float32(0.5), "training.minutes", 0.5),
        ("length", 7, "corpus.length", 7),
        ("tokenizer", "byte", "tokenizer.name", "byte"),
        ("objective", "gan", "objective.name", "gan"),
        ("seed", np.uint64(5), "training.seed", 5),
        ("settings", {"network.width": np.int64(12)}, "network.width", 12),
        ("settings", {"training.steps": 1}, "training.steps", 1),  # over what arguments say
    ],
)
def test_every_argument_of_train_reaches_the_settings(
    names, tmp_path, argument, value, key, written
):
    given = {**TINY, argument: value}
    if argument == "preset":
        given["settings"] = {"network.width": 8, "network.blocks": 1, "record.score_samples": 8}
    textgan.train(names, out=tmp_path / "run", **given)
    found = tomllib.loads((tmp_path / "run/settings.toml").read_text())
    section, name = key.split(".")
    assert found[section][name] == written and type(found[section][name]) is type(written)


def test_fresh_starts_over_and_nothing_else_does(names, tmp_path):
    for fresh, seed in ((False, 0), (True, 1)):
        textgan.train(names, out=tmp_path / "run", seed=seed, fresh=fresh, **TINY)
    with pytest.raises(InputError, match=r"training\.seed=1"):
        textgan.train(names, out=tmp_path / "run", seed=2, **TINY)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cut": 3}, "cut:3|"),
        ({"level": "word"}, "level:word|"),
        ({"names": ["unique"]}, "unique|"),
        ({"reference": ["ab", "cd", "ef", "gh"]}, "ref:2|"),  # the others are held out
        ({"real": ["ab", "cd"]}, "n:2|"),
        ({"train": ["ab", "cd", "ef"], "names": ["novel"]}, "train:3|"),
    ],
)
def test_every_argument_of_evaluate_reaches_the_signatures(names, given, words):
    lines = names.read_text().split()[:60]
    found = textgan.evaluate(lines, **{"names": ["js1"], "reference": names, **given})
    assert all(words in score.signature for score in found.scores) and found.scores


def test_the_seed_of_evaluate_chooses_the_lines_that_are_held_out(names):
    lines = names.read_text().split()[:60]
    first, again, other = (
        textgan.evaluate(lines, reference=names, names=["js2"], seed=seed)
        for seed in (0, np.int64(0), 1)
    )
    assert first == again and first["js2"].value != other["js2"].value


def test_blank_lines_go_before_lines_are_counted(names, textgan_counts, tmp_path):
    real = names.read_text().split()
    lines = [line for pair in zip(real[:50], [""] * 50, strict=True) for line in pair]
    blank = [*real, *([" "] * 300)]
    (tmp_path / "lines.txt").write_text("\n".join(lines))
    for given in ({}, {"real": blank}):
        found = textgan.evaluate(lines, reference=blank, **given)
        beside = ("--real", names) if given else ()
        assert found.as_json() == textgan_counts(tmp_path / "lines.txt", names, *beside)
        assert found.n == found.real == 50


@pytest.fixture
def textgan_counts(tmp_path):
    """What the command line finds of a file."""

    def run(lines, reference, *more):
        command = ["evaluate", lines, "--reference", reference, *more, "--json", tmp_path / "json"]
        subprocess.run([sys.executable, ROOT / "cli.py", *command], check=True, capture_output=True)
        found = json.loads((tmp_path / "json").read_text())
        return {key: value for key, value in found.items() if key not in ("blank", "best_of")}

    return run


def test_an_empty_list_is_blamed_by_its_own_name():
    for name in ("reference", "real", "train"):
        with pytest.raises(InputError, match=f"{name}: no line"):
            textgan.evaluate(["ab"], **{"reference": ["ab", "cd"], name: []})
    with pytest.raises(InputError, match="reference is None"):
        textgan.evaluate(["ab"], reference=None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"corpus": ["a", "b"]}, "corpus is"),
        ({"corpus": None}, "corpus is None"),
        ({"preset": None}, "preset is None"),
        ({"settings": {1: 1}}, "settings is {1: 1}"),
        ({"settings": ["network.width"]}, "settings is"),
        ({"seed": 1.5}, "training.seed is 1.5"),
        ({"out": 3}, "out is 3"),
        ({"out": __file__}, "is a file"),
    ],
)
def test_arguments_of_train_that_mean_nothing_are_refused(names, tmp_path, given, words):
    with pytest.raises(InputError) as error:
        textgan.train(**{"corpus": names, "out": tmp_path / "run", **TINY, **given})
    assert words in str(error.value) and "\n" not in str(error.value)


def test_training_leaves_a_programs_torch_as_it_was(names, tmp_path, threads):
    threads(2)
    torch.set_flush_denormal(True)
    torch.manual_seed(3)
    wanted = torch.rand(3)
    torch.manual_seed(3)
    try:
        textgan.train(names, out=tmp_path / "run", settings={"training.threads": 1}, **TINY)
        assert sys.float_info.min / 2 == 0
    finally:
        torch.set_flush_denormal(False)
    assert torch.get_num_threads() == 2
    assert torch.equal(torch.rand(3), wanted)
    textgan.train(names, out=tmp_path / "other", **TINY)
    assert sys.float_info.min / 2 > 0


def test_no_setting_of_a_program_changes_training(names, tmp_path, defaults):
    wanted = textgan.train(names, out=tmp_path / "plain", **TINY).sample(20)
    with torch.no_grad():
        assert textgan.train(names, out=tmp_path / "a", **TINY).sample(20) == wanted
    with torch.inference_mode():
        assert textgan.train(names, out=tmp_path / "b", **TINY).sample(20) == wanted
    defaults(torch.float64, "meta")
    assert textgan.train(names, out=tmp_path / "c", **TINY).sample(20) == wanted
    assert (torch.get_default_dtype(), torch.empty(1).device.type) == (torch.float64, "meta")


LOOP = """
import signal, sys, textgan
if sys.argv[3] == "own":
    signal.signal(signal.SIGTERM, lambda number, frame: print("own handler", flush=True))
for seed in range(3):
    print("begun", seed, flush=True)
    try:
        textgan.train(sys.argv[1], out=f"{sys.argv[2]}/{seed}", preset="tiny", steps=100_000,
                      length=8, seed=seed, progress=False)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
        raise
    if sys.argv[3] == "own":
        break
"""


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize(
    ("number", "handler", "status", "said"),
    [
        (signal.SIGINT, "none", -signal.SIGINT, ["begun 0", "interrupted"]),
        (signal.SIGTERM, "none", -signal.SIGTERM, ["begun 0"]),
        (signal.SIGTERM, "own", 0, ["begun 0", "own handler"]),
    ],
)
def test_a_signal_saves_the_run_and_ends_the_program_too(
    names, tmp_path, number, handler, status, said
):
    command = [sys.executable, "-c", LOOP, names, tmp_path, handler]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        record = tmp_path / "0/record.jsonl"
        while not (record.exists() and '"terms"' in record.read_text()):  # it is in the loop
            assert process.poll() is None
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (process.returncode, out.splitlines()) == (status, said)
    last = json.loads(record.read_text().splitlines()[-1])["step"]
    saved = max(int(path.name) for path in (tmp_path / "0/checkpoints").iterdir())
    assert saved >= last and not (tmp_path / "1").exists()
