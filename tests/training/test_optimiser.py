"""The update rules are torch's, without the time that torch's optimisers take to build."""

import subprocess
import sys

import pytest
import torch
from torch import nn

from textgan.training.optimiser import Optimiser
from textgan.training.settings import TrainingSettings


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)).double()


def learn(model, step, steps, data_seed=1):
    drawn = torch.Generator().manual_seed(data_seed)
    for _ in range(steps):
        model(torch.randn(16, 4, generator=drawn, dtype=torch.float64)).square().sum().backward()
        step()


@pytest.mark.parametrize("rule", ["adam", "rmsprop"])
def test_steps_are_those_of_torch(rule):
    training = TrainingSettings(optimiser=rule, beta1=0.5, beta2=0.9)
    mine, theirs = network(), network()
    if rule == "adam":
        reference = torch.optim.Adam(theirs.parameters(), 0.01, (0.5, 0.9))
    else:
        reference = torch.optim.RMSprop(theirs.parameters(), 0.01, alpha=0.9)
    learn(mine, Optimiser(mine, training, 0.01).step, 20)
    learn(theirs, lambda: (reference.step(), reference.zero_grad()), 20)
    for own, other in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-12, atol=1e-14)
        assert own.grad is None


@pytest.mark.parametrize("rule", ["adam", "rmsprop"])
def test_a_loaded_one_goes_on_as_if_never_stopped(rule):
    training = TrainingSettings(optimiser=rule)
    whole, halved = network(), network()
    learn(whole, Optimiser(whole, training, 0.01).step, 6)
    first = Optimiser(halved, training, 0.01)
    learn(halved, first.step, 3)
    second = Optimiser(halved, training, 0.01)
    second.load(first.state())
    drawn = torch.Generator().manual_seed(1)
    rows = torch.randn(6, 16, 4, generator=drawn, dtype=torch.float64)
    for row in rows[3:]:
        halved(row).square().sum().backward()
        second.step()
    for own, other in zip(whole.parameters(), halved.parameters(), strict=True):
        assert torch.equal(own, other)


def test_the_moments_of_another_network_are_refused():
    training = TrainingSettings()
    held = Optimiser(network(), training, 0.01)
    with pytest.raises(ValueError, match="do not fit"):
        held.load(Optimiser(nn.Linear(4, 8), training, 0.01).state())
    with pytest.raises(ValueError, match="do not fit"):
        held.load(Optimiser(network(), TrainingSettings(optimiser="rmsprop"), 0.01).state())


def test_the_compiler_is_not_imported():
    code = (
        "import sys, torch; from torch import nn\n"
        "from textgan.training.optimiser import Optimiser\n"
        "from textgan.training.settings import TrainingSettings\n"
        "model = nn.Linear(2, 1); optimiser = Optimiser(model, TrainingSettings(), 0.1)\n"
        "model(torch.ones(1, 2)).sum().backward(); optimiser.step()\n"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
