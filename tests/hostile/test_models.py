"""Whatever a model folder or a run folder holds: it is read, or refused in a line."""

import hashlib
import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.hostile.damage import NASTY, VALUES, bytes_damaged, json_damaged, toml_damaged
from tests.hostile.watch import examples, guarded
from textgan.model import TextGAN
from textgan.model_folder import CONFIG, CRITIC, TOKENIZER, WEIGHTS
from textgan.objectives import build_objective
from textgan.report.gather import gather
from textgan.report.page import write_report
from textgan.text.corpus import describe
from textgan.training.checkpoint import STATE, load_newest, saved
from textgan.training.runs import CORPUS, run_corpus, run_settings
from textgan.training.settings import (
    flatten,
    keys,
    read_assignments,
    read_file,
    read_preset,
    resolve,
)
from textgan.training.update import build


def restored(folder: Path, files: dict[str, bytes], name: str, content: bytes) -> None:
    """Put all `files` back as they were but one."""
    for each, data in {**files, name: content}.items():
        if not (folder / each).exists() or (folder / each).read_bytes() != data:
            (folder / each).parent.mkdir(parents=True, exist_ok=True)
            (folder / each).write_bytes(data)


@st.composite
def weights_damaged(draw, whole):
    """A safetensors file, its JSON header or its bytes wrong."""
    size = int.from_bytes(whole[:8], "little")
    if draw(st.booleans()):
        return draw(bytes_damaged(whole[: 8 + size + 64])) + whole[8 + size + 64 :]
    header = draw(json_damaged(whole[8 : 8 + size]))
    said = draw(st.sampled_from([len(header)] * 5 + [0, 2**63, 10**9, len(header) + 1]))
    return said.to_bytes(8, "little") + header + whole[8 + size :]


@given(st.data())
@examples(250)
def test_model_folders(tmp_path_factory, whole_model, data):
    folder = tmp_path_factory.getbasetemp() / "fuzzed-model"
    names = (CONFIG, WEIGHTS, TOKENIZER, CRITIC)
    files = {name: (whole_model / name).read_bytes() for name in names}
    name = data.draw(st.sampled_from([CONFIG, WEIGHTS, WEIGHTS, TOKENIZER, CRITIC]))
    damaged = weights_damaged if name in (WEIGHTS, CRITIC) else json_damaged
    restored(folder, files, name, data.draw(damaged(files[name])))
    with guarded(folder):
        lines = TextGAN.from_pretrained(folder).sample(3, best_of=2)
        assert len(lines) == 3


def test_the_golden_model_is_sound(tmp_path, whole_model):
    """What is damaged above is whole to begin with."""
    shutil.copytree(whole_model, tmp_path / "model")
    assert TextGAN.from_pretrained(tmp_path).sample(3, best_of=2)


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    """A finished run, and the bytes of what is read of it."""
    folder = tmp_path_factory.mktemp("run") / "run"
    shutil.copytree(finished, folder)
    scores = {"level": "char", "n": 9, "scores": {"js2": {"value": 0.5, "low": 0.4, "high": 0.6}}}
    (folder / "scores.jsonl").write_text(json.dumps(scores) + "\n")
    names = ["settings.toml", CORPUS, "record.jsonl", "scores.jsonl"]
    return folder, {name: (folder / name).read_bytes() for name in names}


def lines_damaged(whole):
    """JSON lines, one of them wrong."""
    lines = whole.splitlines()
    return st.integers(0, len(lines) - 1).flatmap(
        lambda at: json_damaged(lines[at]).map(
            lambda line: b"\n".join([*lines[:at], line, *lines[at + 1 :]]) + b"\n"
        )
    )


@st.composite
def run_damaged(draw, files):
    name = draw(st.sampled_from(sorted(files)))
    whole = files[name]
    if name == "settings.toml":
        return name, draw(toml_damaged(tomllib.loads(whole.decode())))
    return name, draw((json_damaged if name == CORPUS else lines_damaged)(whole))


@given(st.data())
@examples(150)
def test_run_folders(run, data):
    folder, files = run
    name, content = data.draw(run_damaged(files))
    restored(folder, files, name, content)
    with guarded(folder, os.environ["TEXTGAN_CACHE"]):
        found = gather(folder)
        for score in found.score_names():
            found.score(score)
        if found.summary is not None:
            describe(found.summary)


@pytest.mark.slow
@given(st.data())
@examples(10)
def test_reports_of_run_folders(run, data):
    folder, files = run
    name, content = data.draw(run_damaged(files))
    restored(folder, files, name, content)
    with guarded(folder, os.environ["TEXTGAN_CACHE"]):
        write_report(folder)


@given(st.data())
@examples(150)
def test_settings(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "fuzzed.toml"
    tree = {}
    for key, value in flatten(resolve(read_preset("tiny"), {"corpus.name": "x"})).items():
        section, name = key.split(".")
        if value is not None:
            tree.setdefault(section, {})[name] = value
    path.write_bytes(data.draw(toml_damaged(tree)))
    with guarded(path.parent):
        resolve(read_file(path))


@given(
    st.sampled_from(sorted(keys())),
    st.text(max_size=20)
    | VALUES.map(str)
    | st.sampled_from([bit.decode("latin-1") for bit in NASTY]),
)
@examples(100)
def test_assignments(key, value):
    with guarded():
        resolve(read_assignments([f"{key}={value}"]))
    with guarded():
        resolve(read_assignments([f"{value}={key}"]))


@pytest.fixture(scope="module")
def checkpoint(run):
    """The settings, corpus and newest saved state of a run."""
    folder, files = run
    restored(folder, files, CORPUS, files[CORPUS])  # what other tests left damaged
    settings, corpus = run_settings(folder), run_corpus(folder)

    def fresh():
        return build(
            settings.network, settings.training, build_objective(settings.objective),
            vocab=corpus.tokenizer.vocab_size, length=corpus.length, device=torch.device("cpu"),
        )  # fmt: skip

    load_newest(folder / "checkpoints", fresh(), print)  # torch makes folders when first used
    place = saved(folder / "checkpoints")[-1]
    files = {STATE: (place / STATE).read_bytes()}
    name = "generator.safetensors"
    return folder / "checkpoints", place, fresh, {**files, name: (place / name).read_bytes()}


@given(st.data(), st.booleans())
@examples(50)
def test_checkpoints(checkpoint, data, honest):
    folder, place, fresh, files = checkpoint
    name = data.draw(st.sampled_from(sorted(files)))
    damaged = json_damaged if name == STATE else weights_damaged
    content = data.draw(damaged(files[name]))
    restored(place, files, name, content)
    if name != STATE and honest:  # whoever made the folder made its digests, too
        facts = json.loads(files[STATE])
        facts["sha256"][name] = hashlib.sha256(content).hexdigest()
        (place / STATE).write_text(json.dumps(facts))
    said = []
    with guarded(folder):
        load_newest(folder, fresh(), said.append)
    assert all("\n" not in line for line in said), said
