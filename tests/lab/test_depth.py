"""101 convolutions each, counted, and what follows from how they train."""

import pytest
import torch

from tests.lab.tiny import LAB
from textgan.lab import depth
from textgan.lab.lines import settings
from textgan.networks.blocks import Convolution
from textgan.objectives import build_objective
from textgan.training.update import build

GOOD, BAD = [0.0, 0.05, 0.4], [0.0, 0.2, 0.3]  # bits behind, three seeds


def convolutions(network):
    """Layers from the first to the last convolution, the one of kernel 1 at the vocabulary too.

    That one is the generator's last layer and the critic's first. What turns latents into
    positions, and positions into a score, is no convolution and is not counted.
    """
    return sum(isinstance(module, Convolution) for module in network.modules()) + 1


@pytest.mark.parametrize(("named", "layers"), [(depth.DEEP, 101), (depth.SHALLOW, 3)])
def test_the_layers_are_as_many_as_is_said(named, layers):
    wanted = settings(depth.SETTINGS, {"network.blocks": depth.BLOCKS[named]})
    state = build(
        wanted.network, wanted.training, build_objective(wanted.objective),
        vocab=29, length=8, device=torch.device("cpu"),
    )  # fmt: skip
    for network in (state.generator, state.critic):
        assert convolutions(network) == layers
        # Every weight but the biases is one of them, or one of the linear layer at the other end.
        assert sum(p.dim() > 1 for p in network.parameters()) == layers + 1


@pytest.mark.parametrize(
    ("gan", "clip", "ours", "verdict"),
    [
        (BAD, BAD, GOOD, "holds"),
        (GOOD, BAD, GOOD, "holds in part"),
        (BAD, GOOD, GOOD, "holds in part"),
        (GOOD, GOOD, BAD, "fails"),
        (BAD, BAD, BAD, "fails"),
    ],
)
def test_the_rule(gan, clip, ours, verdict):
    assert depth.decide({"gan": gan, "wgan-clip": clip, "wgan-gp": ours}) == verdict


def test_the_lag_is_of_the_deep_networks_behind_the_shallow_ones_seed_by_seed():
    deep, shallow = ([{"last": {"js2": js}} for js in of] for of in ((0.9, 0.2), (0.5, 0.3)))
    assert depth.behind(deep, shallow) == pytest.approx([0.4, -0.1])


def test_the_experiment_from_end_to_end(monkeypatch):
    monkeypatch.setattr(depth, "STEPS", 1)
    found = depth.EXPERIMENT.run(LAB)
    assert found.verdict == depth.decide(found.figures["behind"])
    for of in found.figures["runs"].values():
        assert list(of) == list(depth.COMPARED)
        assert of["wgan-gp"][0]["step"] == [0, 1] and not of["wgan-gp"][0]["diverged"]
    assert len(found.picture.axes) == 4
