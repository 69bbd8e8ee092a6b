"""Points in the plane, and small networks that score and draw them."""

import copy
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from textgan.lab.experiment import Tick
from textgan.networks.blocks import Linear
from textgan.networks.critic import Critics
from textgan.objectives import build_objective
from textgan.objectives.objective import Objective
from textgan.objectives.phases import critic_backward
from textgan.training.optimiser import Optimiser
from textgan.training.settings import ObjectiveSettings, TrainingSettings
from textgan.training.update import State

Places = npt.NDArray[np.float64]
"""`(count, 2)`"""

SPREAD = 0.1
"""Standard deviation of a Gaussian, where their centres are at least 1 apart."""

TRAINING: Mapping[str, TrainingSettings] = MappingProxyType(
    {
        "wgan-clip": TrainingSettings(
            batch=256, critic_steps=5, optimiser="rmsprop", beta2=0.99,
            generator_rate=5e-4, critic_rate=5e-4,
        ),
        "wgan-gp": TrainingSettings(
            batch=256, critic_steps=5, beta1=0.0, beta2=0.9,
            generator_rate=5e-4, critic_rate=5e-4,
        ),
        "gan": TrainingSettings(
            batch=256, critic_steps=1, beta1=0.5, beta2=0.999,
            generator_rate=5e-4, critic_rate=5e-4,
        ),
    }
)  # fmt: skip
"""Optimisers as in the papers, with one rate for all, larger than theirs: networks are small."""

LIKE = MappingProxyType({"gan-minimax": "gan", "hinge": "gan", "wgan-lp": "wgan-gp"})


def training_of(name: str) -> TrainingSettings:
    """How an objective is trained on points."""
    named = LIKE.get(name, name)
    return TRAINING.get(named, TRAINING["gan"])


def objective_of(name: str, clip: float = 0.01) -> Objective:
    """The objective with the settings of its paper."""
    return build_objective(ObjectiveSettings(name=name, clip=clip))


def ring(count: int = 8) -> Places:
    """Centres on a circle of radius 2."""
    turns = 2 * math.pi * np.arange(count) / count
    return 2 * np.stack([np.cos(turns), np.sin(turns)], axis=1)


def grid(side: int = 5) -> Places:
    """Centres on a square of side 4."""
    line = np.linspace(-2, 2, side)
    square: Places = np.stack(np.meshgrid(line, line), axis=-1)
    return square.reshape(-1, 2)


def gaussians(
    centres: Places, count: int, random: np.random.Generator, spread: float = SPREAD
) -> Places:
    """Points around centres that are drawn with equal weights."""
    drawn = centres[random.integers(len(centres), size=count)]
    return drawn + spread * random.standard_normal((count, 2))


def swiss_roll(count: int, random: np.random.Generator) -> Places:
    """Points along a spiral of one turn and a half."""
    turn = 1.5 * math.pi * (1 + 2 * random.random(count))
    roll = turn[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    found: Places = (roll + 0.25 * random.standard_normal((count, 2))) / 7.5
    return found


SETS: Mapping[str, Callable[[int, np.random.Generator], Places]] = MappingProxyType(
    {
        "8 Gaussians": lambda count, random: gaussians(ring(), count, random),
        "25 Gaussians": lambda count, random: gaussians(grid(), count, random),
        "swiss roll": swiss_roll,
    }
)


def tensor(points: Places) -> Tensor:
    """Points as networks read them, `(count, 2)`."""
    return torch.from_numpy(points).float()


class Perceptron(nn.Module):
    """Affine layers with ReLUs between them.

    Args:
        inputs: numbers in.
        outputs: numbers out.
        width: of each hidden layer.
        hidden: how many there are.
    """

    def __init__(self, inputs: int, outputs: int, width: int, hidden: int) -> None:
        super().__init__()
        self.latent = inputs
        self.hidden = nn.ModuleList(
            Linear(inputs if i == 0 else width, width, gain=4) for i in range(hidden)
        )
        self.output = Linear(width, outputs)

    def forward(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """`(batch, inputs)` to `(batch, outputs)`, or `(batch,)` where it is one."""
        for layer in self.hidden:
            x = torch.relu(layer(x))
        found: Tensor = self.output(x)
        return found.squeeze(-1)

    @torch.no_grad()
    def written(self, x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """What a generator gives a critic that learns: the same without a gradient."""
        found: Tensor = self(x, dtype)
        return found


def critic_of(objective: Objective, seed: int, width: int, hidden: int) -> Perceptron:
    """A fresh critic of points, the same for the same seed."""
    torch.manual_seed(seed)
    critic = Perceptron(2, 1, width, hidden)
    objective.prepare(critic)
    objective.constrain(critic)
    return critic


def train_critic(
    objective: Objective,
    critic: nn.Module,
    training: TrainingSettings,
    pairs: Callable[[], tuple[Tensor, Tensor]],
    steps: int,
    tick: Tick,
    watch: Callable[[int], None] = lambda step: None,
) -> None:
    """Train a critic against a generator that stays as it is.

    Args:
        objective: what to minimise.
        critic: trained in place.
        training: optimiser and rate.
        pairs: draws real and generated points, `(batch, 2)` each.
        steps: how many.
        tick: told of each.
        watch: told how many steps are done, after each.
    """
    optimiser = Optimiser(critic, training, training.critic_rate)
    for step in range(1, steps + 1):
        real, fake = pairs()
        critic_backward(objective, critic, real, fake, torch.rand(len(real)), torch.float32)
        optimiser.step()
        objective.constrain(critic)
        watch(step)
        tick(1)


def state_of(
    objective: Objective, training: TrainingSettings, *, width: int, hidden: int, latent: int
) -> State:
    """Fresh networks on points, such as `textgan.training.update.update` trains."""
    torch.manual_seed(training.seed)
    # Only networks on text have a type of their own; the update asks nothing else of them.
    generator: Any = Perceptron(latent, 2, width, hidden)
    one = Perceptron(2, 1, width, hidden)
    objective.prepare(one)
    critic = Critics([one])
    return State(
        generator=generator,
        critic=critic,
        average=copy.deepcopy(generator).requires_grad_(False),
        generator_optimiser=Optimiser(generator, training, training.generator_rate),
        critic_optimiser=Optimiser(critic, training, training.critic_rate),
    )
