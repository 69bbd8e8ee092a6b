"""Training with labels: which label a line has, and that nothing but the lines decides a run."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.training.test_update import NETWORK, SEVERAL, parameters
from textgan.cli.main import main
from textgan.model import TextGAN
from textgan.objectives import build_objective
from textgan.screen import printable
from textgan.training.draws import SAMPLE_LATENT, noise
from textgan.training.fast import chosen_update
from textgan.training.processes import Processes
from textgan.training.runs import run_corpus, run_settings
from textgan.training.settings import ObjectiveSettings, TrainingSettings, resolve
from textgan.training.train import reader
from textgan.training.update import Drawn, Lines, build, drawn_for, update

pytestmark = pytest.mark.usefixtures("unwritten_is_nan")

LABELS = 5


def trained(steps, network=NETWORK, state=None, named=tuple(range(LABELS)), **options):
    """The state after `steps` updates on lines that their first symbol labels, and the terms.

    They go on from `state`, where there is one; `named` is what the labels are called.
    """
    training = TrainingSettings(batch=12, dtype="float64", **options)
    objective = build_objective(ObjectiveSettings("wgan-gp"))
    if state is None:
        sizes = {"vocab": 11, "length": 8, "labels": LABELS}
        state = build(network, training, objective, **sizes, device=torch.device("cpu"))

    def real_lines(draw):
        drawn = torch.Generator().manual_seed(draw)
        lines = (torch.rand(12, 1, generator=drawn) * 4 + torch.arange(8) % 3).long()
        return Lines(lines, torch.tensor(named)[lines[:, 0]])

    carry = chosen_update(training, torch.device("cpu"))
    curve = [
        carry(state, objective, real_lines, training, torch.float64, Processes())
        for _ in range(steps)
    ]
    return state, curve


@pytest.mark.parametrize("pieces", [2, 3, 12])
@pytest.mark.parametrize("network", [NETWORK, replace(SEVERAL, output="straight-through")])
def test_a_batch_in_pieces_gives_the_same_update(network, pieces):
    whole, terms = trained(3, network)
    parts, terms_of_parts = trained(3, network, pieces=pieces)
    assert "generator.label" in parameters(whole) and "critic.0.label" in parameters(whole)
    for name, value in parameters(whole).items():
        torch.testing.assert_close(parameters(parts)[name], value, rtol=1e-9, atol=1e-9, msg=name)
    for name, value in terms[-1].items():
        torch.testing.assert_close(terms_of_parts[-1][name], value, rtol=1e-9, atol=1e-9, msg=name)


def test_the_vector_of_a_label_that_no_line_has_stays_and_others_learn():
    before, after = trained(0)[0], trained(4)[0]
    networks = "generator.label", "average.label", "critic.0.label"
    for name in networks:
        then, now = parameters(before)[name], parameters(after)[name]
        assert torch.equal(now[4], then[4])
        assert not torch.isclose(now[:4], then[:4], rtol=0, atol=1e-7).all(1).any()


def test_labels_by_other_names_with_their_vectors_are_the_same_run():
    """Real lines, generated lines and the generator's step go by one label each."""
    order = torch.tensor([3, 0, 4, 1, 2])
    for network in (NETWORK, SEVERAL):
        plain, expected = trained(3, network)
        state, _ = trained(0, network)
        for labelled in (state.generator, state.average, *state.critic):
            with torch.no_grad():
                labelled.label[order] = labelled.label.clone()
        state, curve = trained(3, network, state, order.tolist())
        torch.testing.assert_close(curve, expected)
        wanted = parameters(plain)
        for name, found in parameters(state).items():
            found = found[order] if name.endswith("label") else found
            torch.testing.assert_close(found, wanted[name], msg=name)
        moved, _ = trained(3, network, named=order.tolist())
        assert not torch.allclose(moved.generator.output.weight, plain.generator.output.weight)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler")
def test_a_compiled_update_is_the_same():
    (plain, _), (compiled, _) = trained(5, SEVERAL), trained(5, SEVERAL, compile=True)
    for name, value in parameters(plain).items():
        torch.testing.assert_close(parameters(compiled)[name], value, rtol=1e-9, atol=1e-9)


def settings(batch, seed=3):
    asked = {"training.batch": batch, "training.seed": seed}
    return resolve({"corpus.name": "x", "training.device": "cpu"}, asked)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_each_line_is_read_with_its_own_label_in_every_epoch(dtype):
    lines, batch = 50, 12
    encoded = np.stack([np.arange(lines), np.arange(lines) % 7], 1).astype(dtype)
    labels = (np.arange(lines) * 7 % 11).astype(np.uint16)
    read = reader(encoded, settings(batch), torch.device("cpu"), Processes(), labels)
    seen = []
    for draw in range(3 * lines // batch + 1):
        symbols, own = read(draw)
        assert symbols.shape == (batch, 2) and own.shape == (batch,)
        assert own.dtype is symbols.dtype is torch.int64
        assert torch.equal(own, symbols[:, 0] * 7 % 11)
        seen += symbols[:, 0].tolist()
    epochs = [seen[i * lines : (i + 1) * lines] for i in range(3)]
    assert all(sorted(epoch) == list(range(lines)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2]
    without = reader(encoded, settings(batch), torch.device("cpu"), Processes())
    assert without(1).labels is None and torch.equal(without(1).symbols, read(1).symbols)


def test_processes_read_the_labels_of_their_share():
    encoded = np.arange(40, dtype=np.uint8)[:, None]
    labels = np.arange(40, dtype=np.uint16) % 3
    device = torch.device("cpu")
    whole = reader(encoded, settings(12), device, Processes(), labels)(5)
    parts = [
        reader(encoded, settings(12), device, Processes(rank, 3), labels)(5) for rank in range(3)
    ]
    assert torch.equal(torch.cat([part.labels for part in parts]), whole.labels)
    assert torch.equal(torch.cat([part.symbols for part in parts]), whole.symbols)
    assert torch.equal(whole.labels, whole.symbols[:, 0] % 3)


def test_what_is_drawn_holds_the_labels_of_every_critic_step():
    state, _ = trained(0)
    training = TrainingSettings(batch=12, dtype="float64", critic_steps=3)
    lines = [Lines(torch.full((12, 8), i), torch.full((12,), i + 1)) for i in range(3)]
    drawn = drawn_for(state, lines.__getitem__, training, Processes())
    assert [int(labels[0]) for labels in drawn.labels] == [1, 2, 3]
    assert all(map(torch.equal, drawn.each_labels(), drawn.labels))
    plain = drawn_for(state, lambda i: Lines(lines[i].symbols), training, Processes())
    assert plain.labels == [] and list(plain.each_labels()) == [None] * 3
    assert all(map(torch.equal, plain.latents, drawn.latents))


def test_a_copy_of_what_is_drawn_has_memory_of_its_own():
    """What a captured update holds: every kind, in the order in which it is filled again."""
    kinds = [[torch.full((2,), 10 * kind + i) for i in range(2)] for kind in range(4)]
    drawn = Drawn(real=kinds[0], labels=kinds[1], latents=kinds[2], mix=kinds[3])
    held = drawn.copy()
    assert [int(t[0]) for t in held.tensors()] == [0, 1, 10, 11, 20, 21, 30, 31]
    torch._foreach_zero_(drawn.tensors())
    assert [int(t[0]) for t in held.tensors()] == [0, 1, 10, 11, 20, 21, 30, 31]
    assert not any(t.any() for kind in kinds for t in kind)
    assert (held.labels[1] == 11).all() and (held.latents[0] == 20).all()
    torch._foreach_copy_(held.tensors(), drawn.tensors())
    assert not any(t.any() for t in held.tensors())


def command(corpus, folder, steps, *more):
    return [
        "train", str(corpus), "--labels", "kind", "--preset", "tiny", "--length", "8",
        "--threads", "1", "--steps", str(steps), "--out", str(folder), *more,
    ]  # fmt: skip


@pytest.mark.parametrize("objective", ["wgan-gp", "hinge"])
def test_a_run_that_was_stopped_is_the_run_that_was_not(kinds, tmp_path, objective):
    more = ["--objective", objective, "--set", "network.critics=2"]
    for folder, steps in (("whole", 20), ("parts", 10), ("parts", 20)):
        assert main(command(kinds, tmp_path / folder, steps, *more)) == 0
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    saved = sorted((whole / "checkpoints/00000020").glob("*.safetensors"))
    assert len(saved) == 5
    names = [path.relative_to(whole) for path in saved]
    names += ["samples/00000020.txt", "model/model.safetensors", "model/critic.safetensors"]
    for name in names:
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
    assert load_file(saved[0])["label"].shape[0] == 3
    model = TextGAN.from_pretrained(parts)
    assert model.labels == run_corpus(parts).summary.labels
    assert list(model.labels) == ["a", "b", 'c "<'] and all(model.labels.values())
    assert len(model.critic) == 2 and model.sample(3, label="b", best_of=2)


def test_a_run_learns_each_line_with_the_label_that_the_text_gives_it(kinds, tmp_path):
    assert main(command(kinds, tmp_path / "run", 3)) == 0
    asked, corpus = run_settings(tmp_path / "run"), run_corpus(tmp_path / "run")
    rows = kinds.read_text(encoding="utf-8").splitlines()[1:]
    kind_of = dict(row.split("\t") for row in rows)
    own = [sorted(set(kind_of.values())).index(kind_of[line]) for line in corpus.lines("train")]
    objective, device = build_objective(asked.objective), torch.device("cpu")
    state = build(
        asked.network, asked.training, objective, vocab=corpus.tokenizer.vocab_size,
        length=corpus.length, device=device, labels=3,
    )  # fmt: skip
    read = reader(corpus.encoded("train"), asked, device, Processes(), np.array(own))
    dtype = getattr(torch, asked.training.dtype)
    for _ in range(3):
        update(state, objective, read, asked.training, dtype, Processes())
    saved = load_file(tmp_path / "run/checkpoints/00000003/critic.safetensors")
    torch.testing.assert_close(dict(state.critic.state_dict()), saved, rtol=0, atol=0)


def test_a_run_saves_the_labels_and_samples_all_of_them(kinds, tmp_path):
    assert main(command(kinds, tmp_path / "run", 3)) == 0
    config = json.loads((tmp_path / "run/model/config.json").read_text(encoding="utf-8"))
    assert config["labels"] == run_corpus(tmp_path / "run").summary.labels
    model = TextGAN.from_pretrained(tmp_path / "run")
    kept = (tmp_path / "run/samples/00000003.txt").read_text(encoding="utf-8").splitlines()
    assert model.sample(len(kept)) == kept
    of_each = {label: model.sample(len(kept), label=label) for label in model.labels}
    own = model.labels_of(range(len(kept)))
    assert kept == [of_each[label][i] for i, label in enumerate(own)]
    assert len({tuple(lines) for lines in of_each.values()}) == 3


def test_a_run_shows_a_live_sample_behind_its_label(kinds, tmp_path, capsys):
    """Of the averaged generator, written with that label: the first line comes at once."""
    more = ("--set", "record.every=7", "--set", "network.latent=1")
    assert main(command(kinds, tmp_path / "run", 7, *more)) == 0
    (live,) = [line for line in capsys.readouterr().err.splitlines() if "wasserstein" in line]
    model = TextGAN.from_pretrained(tmp_path / "run")
    (label,) = model.labels_of([7])
    assert label != model.labels_of([0])[0] == "a"
    z = noise((1, 1), 0, 7, SAMPLE_LATENT, False)
    assert live.endswith(f"  {printable(label + ': ' + model.write(z, label)[0])}")
    others = [model.write(z, each) for each in model.labels if each != label]
    assert all(other != model.write(z, label) for other in others)
