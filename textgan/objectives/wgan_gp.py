"""WGAN-GP: the Wasserstein distance, with the critic's slope held to one.

    critic:     mean D(fake) - mean D(real) + weight * mean (|grad D(mixed)| - 1)^2
    generator:  -mean D(fake)

Gulrajani et al. 2017, arXiv 1704.00028, equation 3.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from textgan.objectives.objective import Terms
from textgan.objectives.penalty import Penalty, wasserstein_backward


@dataclass(frozen=True)
class WganGp:
    """The objective of WGAN-GP (two-sided) or WGAN-LP (one-sided).

    Args:
        penalty_weight: lambda.
        one_sided: leave slopes below one free.
    """

    penalty_weight: float = 10.0
    one_sided: bool = False
    curve: str = "wasserstein"
    meaning: str = (
        "The critic's estimate of the earth mover's distance between real and generated text: "
        "it falls as the text gets better."
    )

    @property
    def name(self) -> str:
        """What `--objective` calls it."""
        return "wgan-lp" if self.one_sided else "wgan-gp"

    def critic_backward(
        self, critic: nn.Module, real: Tensor, fake: Tensor, mix: Tensor, dtype: torch.dtype
    ) -> Terms:
        """Add the critic loss's gradients; see `Objective`."""
        penalty = Penalty(self.penalty_weight, self.one_sided)
        at_real, at_fake, slopes = wasserstein_backward(critic, real, fake, mix, penalty, dtype)
        return {
            "wasserstein": at_real - at_fake,
            "slope": slopes,
            "penalty": penalty.of(slopes),
        }

    def generator_loss(
        self, critic: nn.Module, real: Tensor, fake: Tensor, dtype: torch.dtype
    ) -> tuple[Tensor, Terms]:
        """`-mean D(fake)`; see `Objective`."""
        scores = critic(fake, dtype)
        return -scores.mean(), {"generator_score": scores.detach()}
