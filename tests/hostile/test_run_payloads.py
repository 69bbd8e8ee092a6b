"""Run folders of a stranger whose parts lead elsewhere: nothing out of the folder is touched."""

import os
import shutil

import pytest

from textgan.card import model_card
from textgan.text.tokenizer import Tokenizer
from textgan.training.checkpoint import saved


@pytest.fixture
def run(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "run")


@pytest.fixture
def treasure(tmp_path):
    """A folder of the user's; it must be afterwards as it was."""
    folder = tmp_path / "treasure"
    (folder / "2019").mkdir(parents=True)
    (folder / "2019" / "photo.jpg").write_text("a photo")
    (folder / ".x.0123abcd.part").mkdir()
    (folder / "note.txt").write_text("a note")
    before = sorted(folder.rglob("*"))
    yield folder
    assert sorted(folder.rglob("*")) == before
    assert (folder / "note.txt").read_text() == "a note"


def resumed(textgan, names, run, steps=25):
    options = ("--preset", "tiny", "--length", 8, "--threads", 1, "--steps", steps)
    return textgan("train", names, *options, "--out", run)


@pytest.mark.parametrize(
    ("part", "target"),
    [
        (".lock", "note.txt"),
        ("checkpoints", "."),
        ("samples", "."),
        ("model", "."),
        ("record.jsonl", "note.txt"),
        ("record.jsonl", "new.txt"),
        ("samples/00000099.txt", "note.txt"),
    ],
)
def test_training_goes_through_no_link(textgan, names, run, treasure, part, target):
    path = run / part
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(treasure / target)
    done = resumed(textgan, names, run)
    assert done.returncode == 2 and str(path) in done.stderr


@pytest.mark.parametrize("verb", ["report", "evaluate"])
def test_nothing_is_read_or_written_through_a_link(textgan, run, treasure, verb):
    for part in ("scores.jsonl", "samples/00000099.txt"):
        path = run / part
        path.symlink_to(treasure / "note.txt")
        done = textgan(verb, run)
        assert done.returncode == 2 and f"{path} is a link out of the folder" in done.stderr
        path.unlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_nobody_waits_for_a_pipe(textgan, names, run):
    for part in ("record.jsonl", "corpus.json", "model/critic.safetensors"):
        (run / part).rename(run / "aside")
        os.mkfifo(run / part)
        for done in (textgan("report", run, timeout=60), resumed(textgan, names, run)):
            assert done.returncode == 2 and f"{run / part} is neither a file" in done.stderr
        (run / part).unlink()
        (run / "aside").rename(run / part)
    os.mkfifo(run / ".lock")
    done = resumed(textgan, names, run)
    assert done.returncode == 2 and "not a file that textgan made" in done.stderr


def test_links_within_a_run_stay(textgan, names, run):
    (run / "samples").rename(run / "elsewhere")
    (run / "samples").symlink_to("elsewhere")
    assert resumed(textgan, names, run).returncode == 0


def test_folders_that_are_no_saved_states_are_nobodys_to_delete(tmp_path):
    for name in ("2019", "²", "00000020", "100000000"):
        (tmp_path / name).mkdir()
    assert [path.name for path in saved(tmp_path)] == ["00000020", "100000000"]


def test_a_strangers_scores_open_no_markup():
    shape = {"vocab": 5, "length": 4, "width": 4, "blocks": 1, "kernel": 3, "latent": 4}
    tokenizer = Tokenizer.train("char", ["ab"])
    facts = {"scores": {"a | 1\n\n<img src=x>\n[click](javascript:x)": 0.5, "js4": "x", "b": 0.25}}
    card = model_card({**shape, "facts": facts}, tokenizer)
    assert "<img" not in card.replace("\\<", "") and "| b | 0.2500 |" in card
    assert "[click]" not in card
    for scores in ([1], "x", {"\ud800": 1}):
        model_card({**shape, "facts": {"scores": scores}}, tokenizer).encode()
