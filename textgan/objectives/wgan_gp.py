"""WGAN-GP: the Wasserstein distance, with the critic's slope held to one.

    critic:     mean D(fake) - mean D(real) + weight * mean (|grad D(mixed)| - 1)^2
    generator:  -mean D(fake)

Gulrajani et al. 2017, arXiv 1704.00028, equation 3.
"""

from collections.abc import Callable

from torch import Tensor

from textgan.objectives.objective import Objective
from textgan.objectives.penalty import Penalty

PENALTY_WEIGHT = 10.0
"""Lambda of the paper."""


def critic_loss(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """`mean D(fake) - mean D(real)`."""
    return at_fake.mean() - at_real.mean()


def generator_loss(at_fake: Tensor, at_real: Callable[[], Tensor]) -> Tensor:
    """`-mean D(fake)`."""
    return -at_fake.mean()


def distance(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """The estimate of the earth mover's distance, `D(real) - D(fake)`."""
    return at_real - at_fake


def wgan_gp(penalty_weight: float = PENALTY_WEIGHT) -> Objective:
    """WGAN with the two-sided gradient penalty."""
    return Objective(
        name="wgan-gp",
        critic_loss=critic_loss,
        generator_loss=generator_loss,
        curve="wasserstein",
        estimate=distance,
        meaning=(
            "The critic's estimate of the earth mover's distance between real and generated text: "
            "it falls as the text gets better."
        ),
        penalty=Penalty(penalty_weight),
    )
