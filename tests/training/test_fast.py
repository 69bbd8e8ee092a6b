"""The faster ways of an update: compiled and captured, the same numbers as plain."""

import shutil
from dataclasses import replace

import pytest
import torch

from textgan.errors import InputError
from textgan.objectives import build_objective
from textgan.training.fast import chosen_update
from textgan.training.processes import Processes
from textgan.training.settings import NetworkSettings, ObjectiveSettings, TrainingSettings
from textgan.training.update import build

NETWORK = NetworkSettings(width=8, blocks=2, latent=8)
SEVERAL = replace(NETWORK, critics=3)
STRAIGHT = replace(NETWORK, critics=2, output="straight-through")
SMOOTH = replace(NETWORK, activation="silu")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def trained(steps, network=NETWORK, objective="wgan-gp", device="cpu", **options):
    """The state after `steps` updates, and the terms of every one as plain numbers."""
    training = TrainingSettings(batch=12, dtype="float64", **options)
    wanted = build_objective(ObjectiveSettings(objective))
    state = build(network, training, wanted, vocab=11, length=8, device=torch.device(device))

    def real_lines(draw):
        drawn = torch.Generator().manual_seed(draw)
        # Symbols of unequal weight that repeat, so that there is something to learn.
        lines = (torch.rand(12, 1, generator=drawn) * 4 + torch.arange(8) % 3).long()
        return lines.to(device)

    carry = chosen_update(training, torch.device(device))
    curve = []
    for _ in range(steps):
        terms = carry(state, wanted, real_lines, training, torch.float64, Processes())
        curve.append({name: values.clone().cpu() for name, values in terms.items()})
    return state, curve


def assert_same(first, second, tolerance):
    (state, curve), (other, other_curve) = first, second
    for part in ("generator", "critic", "average"):
        torch.testing.assert_close(
            getattr(state, part).state_dict(), getattr(other, part).state_dict(),
            rtol=tolerance, atol=tolerance,
        )  # fmt: skip
    for terms, others in zip(curve, other_curve, strict=True):
        torch.testing.assert_close(terms, others, rtol=tolerance, atol=tolerance)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler")
@pytest.mark.parametrize("network", [NETWORK, SEVERAL], ids=["one critic", "three critics"])
def test_a_compiled_update_is_the_same(network):
    assert_same(trained(5, network), trained(5, network, compile=True), 1e-9)


def test_compiling_without_a_compiler_is_refused(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InputError, match=r"training.compile needs a C\+\+ compiler"):
        trained(1, compile=True)


def test_on_a_cpu_nothing_is_captured():
    assert_same(trained(5, SEVERAL), trained(5, SEVERAL, graph=False), 0)


@needs_cuda
@pytest.mark.parametrize(
    ("network", "objective", "options"),
    [
        (NETWORK, "wgan-gp", {}),
        (SEVERAL, "wgan-gp", {"critic_steps": 2}),
        (STRAIGHT, "relativistic", {"pieces": 2}),
        (STRAIGHT, "wgan-gp", {"softmax_from": 9}),
        (SMOOTH, "wgan-gp", {}),
        (NETWORK, "hinge", {"critic_steps": 3}),
        (NETWORK, "wgan-clip", {"optimiser": "rmsprop"}),
    ],
    ids=[
        "one critic",
        "three in turn",
        "straight-through",
        "softmax later",
        "smooth",
        "spectral norm",
        "clipped",
    ],
)
def test_a_captured_update_is_the_same(network, objective, options):
    captured = trained(16, network, objective, "cuda", **options)
    assert_same(captured, trained(16, network, objective, "cuda", graph=False, **options), 1e-7)


@needs_cuda
def test_an_update_on_a_gpu_is_that_of_a_cpu():
    state, curve = trained(12, SEVERAL, device="cuda")
    for network in (state.generator, state.critic, state.average):
        network.cpu()
    assert_same((state, curve), trained(12, SEVERAL), 1e-7)
