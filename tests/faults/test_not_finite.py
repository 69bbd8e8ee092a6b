"""NaN and infinity, wherever they come from, stop a run; they are never saved and never scored."""

import hashlib
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save

from tests.faults.folder import record
from textgan.training.checkpoint import _digest_of_facts

PARTS = ("critic", "critic_optimiser", "generator", "generator_optimiser", "average")

# A listener of a real run puts the number in, as a flipped bit in memory or a bad kernel would.
INJECT = """
import torch, textgan.screen as screen
from textgan.training.checkpoint import _tensors
true = screen.Screen.progressed
def progressed(self, state, seconds, line):
    if state.step == {step}:
        group = _tensors(state)["{part}"]
        max(group.values(), key=torch.numel).data.view(-1)[5] = float("{value}")
    true(self, state, seconds, line)
screen.Screen.progressed = progressed
"""


def finite(folder):
    """Every saved tensor of a run."""
    for file in folder.rglob("*.safetensors"):
        assert all(t.isfinite().all() for t in load_file(file).values()), file


@pytest.mark.parametrize(
    ("part", "value"), [*((part, "nan") for part in PARTS), ("critic", "inf"), ("average", "-inf")]
)
def test_in_each_network_and_optimiser(forks, train, tmp_path, part, value):
    folder = tmp_path / "run"
    before = INJECT.format(part=part, value=value, step=4)
    more = ("--set", "record.every=2", "--set", "checkpoint.every=3")
    ended = forks.run(*train(folder, 10, *more), before=before, check=1)
    # Step 3 was saved, step 4 was logged before the number came; step 6 is the next of any line.
    assert "is not finite at step 6; the checkpoint of step 3 is kept" in ended.err
    assert "training.critic_rate=0.0005" in ended.err
    assert "training.generator_rate=0.00025" in ended.err
    lines = record(folder)
    assert lines[-1]["step"] == 6
    named = lines[-1]["diverged"]
    # What is wrong with a network shows first in the terms that it computes.
    assert f"'{named}' is not finite" in ended.err
    if part == "average":  # which computes no terms
        assert named == part
    assert not (folder / "samples/00000006.txt").exists()
    assert sorted(p.name for p in (folder / "checkpoints").iterdir()) == ["00000000", "00000003"]
    finite(folder)


@pytest.mark.parametrize("part", ["critic_optimiser", "average"])
def test_between_a_line_and_a_save_of_the_same_step(forks, train, tmp_path, part):
    folder = tmp_path / "run"
    before = INJECT.format(part=part, value="nan", step=6)
    ended = forks.run(*train(folder, 10), before=before, check=1)
    assert f"'{part}' is not finite at step 6; the checkpoint of step 5" in ended.err
    assert record(folder)[-1] == {"step": 6, "diverged": part}
    assert not (folder / "samples/00000006.txt").exists()
    finite(folder)


@pytest.mark.parametrize("rate", ["critic_rate", "generator_rate"])
def test_by_absurd_rates_with_few_lines(forks, train, tmp_path, rate):
    folder = tmp_path / "run"
    more = ("--set", f"training.{rate}=1e30", "--set", "record.every=50", "--set",
            "record.score_every=50", "--set", "checkpoint.every=4")  # fmt: skip
    ended = forks.run(*train(folder, 10, *more), check=1)
    assert "is not finite at step 4; the checkpoint of step 0 is kept" in ended.err
    assert [p.name for p in (folder / "checkpoints").iterdir()] == ["00000000"]
    assert "diverged" in record(folder)[-1]
    finite(folder)
    again = forks.run(*train(folder, 10, *more), check=1)
    assert again.err.splitlines()[-2:] == ended.err.splitlines()[-2:]


@pytest.mark.parametrize("part", PARTS)
def test_a_checkpoint_with_right_digests_and_a_nan_is_not_taken_up(
    forks, train, whole, tmp_path, part
):
    folder = shutil.copytree(whole, tmp_path / "run")
    place = folder / "checkpoints/00000010"
    tensors = load_file(place / f"{part}.safetensors")
    max(tensors.values(), key=torch.numel).view(-1)[3] = float("nan")
    data = save(tensors)
    (place / f"{part}.safetensors").write_bytes(data)
    facts = json.loads((place / "state.json").read_text())
    del facts["sha256_of_this"]
    facts["sha256"][f"{part}.safetensors"] = hashlib.sha256(data).hexdigest()
    facts["sha256_of_this"] = _digest_of_facts(facts)
    (place / "state.json").write_text(json.dumps(facts))
    ended = forks.run(*train(folder, 10), check=0)
    assert f"00000010 is damaged ({part} holds a number that is not finite)" in ended.err
    assert "from step 9" in ended.err
    finite(folder)
