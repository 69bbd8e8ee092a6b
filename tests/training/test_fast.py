"""The faster ways of an update: compiled and captured, the same numbers as plain."""

import shutil
from dataclasses import replace

import pytest
import torch

from tests.training.test_update import NETWORK, SEVERAL, trained
from textgan.errors import InputError

STRAIGHT = replace(NETWORK, critics=2, output="straight-through")
SMOOTH = replace(NETWORK, activation="silu")
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


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
    assert_same(trained(5, network=network), trained(5, network=network, compile=True), 1e-9)


def test_compiling_without_a_compiler_is_refused(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(InputError, match=r"training.compile needs a C\+\+ compiler"):
        trained(1, compile=True)


def test_on_a_cpu_nothing_is_captured():
    assert_same(trained(5, network=SEVERAL), trained(5, network=SEVERAL, graph=False), 0)


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
    options = {"network": network, "objective": objective, "device": "cuda", **options}
    assert_same(trained(16, **options), trained(16, graph=False, **options), 1e-7)


@needs_cuda
def test_an_update_on_a_gpu_is_that_of_a_cpu():
    state, curve = trained(12, network=SEVERAL, device="cuda")
    for network in (state.generator, state.critic, state.average):
        network.cpu()
    assert_same((state, curve), trained(12, network=SEVERAL), 1e-7)
