"""A checkpoint with a flipped bit or a missing file is named, and the one before it is used."""

import json
import random
import shutil

import pytest
import torch

from tests.faults.folder import same
from textgan.objectives import build_objective
from textgan.training.checkpoint import load_newest, save, saved
from textgan.training.settings import NetworkSettings, ObjectiveSettings, TrainingSettings
from textgan.training.update import build

FILES = (
    "critic.safetensors", "critic_optimiser.safetensors", "generator.safetensors",
    "generator_optimiser.safetensors", "average.safetensors", "state.json",
)  # fmt: skip


def state(vocab=20):
    return build(
        NetworkSettings(width=16, blocks=1, critics=2, latent=16), TrainingSettings(),
        build_objective(ObjectiveSettings()),
        vocab=vocab, length=8, device=torch.device("cpu"),
    )  # fmt: skip


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def built(folder):
    """A state with the shapes of the run's networks."""
    return state(json.loads((folder / "model/config.json").read_text())["vocab"])


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_bit_is_found(folder, name):
    place = folder / "checkpoints"
    file = place / "00000010" / name
    whole, draw = file.read_bytes(), random.Random(name)
    # Of the small file many bytes, of a large one some; the length of its header among them.
    spots = (
        range(0, len(whole), 7)
        if name == "state.json"
        else [0, 7, 8, *draw.sample(range(len(whole)), 12)]
    )
    for spot in spots:
        data = bytearray(whole)
        data[spot] ^= 1 << draw.randrange(8)
        file.write_bytes(data)
        fresh, told = built(folder), []
        load_newest(place, fresh, told.append)
        changed = bytes(data)
        if fresh.step == 10:  # white space of JSON, or a letter in another case, changes nothing
            assert name == "state.json" and json.loads(changed) == json.loads(whole)
            continue
        assert fresh.step == 9 and len(told) == 1 and "00000010 is damaged" in told[0], spot


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_empty_file_is_found(folder, name):
    place = folder / "checkpoints"
    (place / "00000010" / name).write_bytes(b"")
    for _ in range(2):
        fresh, told = built(folder), []
        load_newest(place, fresh, told.append)
        assert fresh.step == 9 and "00000010 is damaged" in told[0] and len(told) == 1
        (place / "00000010" / name).unlink(missing_ok=True)


def test_a_checkpoint_under_another_name_is_found(folder):
    shutil.copytree(folder / "checkpoints/00000009", folder / "checkpoints/00000012")
    fresh, told = built(folder), []
    load_newest(folder / "checkpoints", fresh, told.append)
    assert fresh.step == 10 and "00000012 is damaged" in told[0]


@pytest.mark.parametrize("name", ["critic.safetensors", "state.json"])
def test_the_run_goes_on_from_the_one_before(forks, train, whole, folder, name):
    file = folder / "checkpoints/00000010" / name
    data = bytearray(file.read_bytes())
    data[40] ^= 4
    file.write_bytes(data)
    ended = forks.run(*train(folder, 10), check=0)
    assert ended.err.count("00000010 is damaged") == 1 and "from step 9" in ended.err
    same(folder, whole)


def test_none_whole_ends_in_a_line_and_deletes_nothing(forks, train, folder):
    for place in saved(folder / "checkpoints"):
        (place / "state.json").write_text("{}")
    ended = forks.run(*train(folder, 12), check=2)
    assert "no whole checkpoint" in ended.err and "--fresh" in ended.err
    assert len(saved(folder / "checkpoints")) == 2


def test_old_ones_go_and_damaged_ones_never_crowd_out_whole_ones(tmp_path):
    ours = state()
    for ours.step in (1, 2, 3):
        save(tmp_path, ours, 0.0, 2)
    assert [p.name for p in saved(tmp_path)] == ["00000002", "00000003"]
    for later in ("00000008", "00000009"):  # damaged: the run went on from step 3
        (tmp_path / later).mkdir()
    ours.step = 4
    save(tmp_path, ours, 0.0, 1)
    assert [p.name for p in saved(tmp_path)] == ["00000004"]
    fresh = state()
    assert load_newest(tmp_path, fresh, pytest.fail) == 0.0 and fresh.step == 4


def test_keep_is_how_many_stay(forks, train, tmp_path):
    folder = tmp_path / "run"
    forks.run(*train(folder, 5, "--keep", 3), check=0)
    assert [p.name[-1] for p in saved(folder / "checkpoints")] == ["3", "4", "5"]
    forks.run(*train(folder, 6, "--keep", 1), check=0)
    assert [p.name[-1] for p in saved(folder / "checkpoints")] == ["6"]


def test_lack_of_memory_is_not_damage(forks, train, folder):
    before = """
import textgan.training.checkpoint as checkpoint
def load_file(path):
    raise MemoryError
checkpoint.load_file = load_file
"""
    ended = forks.run(*train(folder, 12), before=before, check=1)
    assert "out of memory" in ended.err and "damaged" not in ended.err


def test_a_record_with_a_damaged_line_loses_that_line_only(forks, train, folder):
    file = folder / "record.jsonl"
    lines = file.read_bytes().split(b"\n")
    lines[2] = b"\xff\x00" + lines[2][2:]
    file.write_bytes(b"\n".join(lines))
    forks.run(*train(folder, 11), check=0)
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert len([line for line in kept if line["step"] <= 10]) == len(lines) - 2
