"""WGAN: the Wasserstein distance, with every parameter of the critic clipped.

    critic:     mean D(fake) - mean D(real),    then each parameter w <- min(max(w, -clip), clip)
    generator:  -mean D(fake)

Arjovsky et al. 2017, arXiv 1701.07875, algorithm 1.
"""

import torch
from torch import nn

from textgan.objectives.objective import Objective
from textgan.objectives.wgan_gp import critic_loss, distance, generator_loss

CLIP = 0.01
"""The paper's c."""


def wgan_clip(clip: float = CLIP) -> Objective:
    """WGAN with parameters held in `[-clip, clip]`."""

    @torch.no_grad()
    def constrain(critic: nn.Module) -> None:
        for parameter in critic.parameters():
            parameter.clamp_(-clip, clip)

    return Objective(
        name="wgan-clip",
        critic_loss=critic_loss,
        generator_loss=generator_loss,
        curve="wasserstein",
        estimate=distance,
        meaning=(
            "The critic's estimate of the earth mover's distance between real and generated text, "
            "times a slope that the clipping allows and nobody knows: it falls as the text gets "
            "better, and its height means nothing beside another network or clip."
        ),
        constrain=constrain,
    )
