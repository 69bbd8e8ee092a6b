"""Hinge losses, with every layer of the critic divided by its spectral norm.

    critic:     mean max(1 - D(real), 0) + mean max(1 + D(fake), 0),    each weight W <- W / |W|
    generator:  -mean D(fake)

Spectral normalisation: Miyato et al. 2018, arXiv 1802.05957, section 2.1; |W| is the largest
singular value of the weight as a matrix `(outputs, everything else)`, followed by one power
iteration a forward pass. The hinge: Lim and Ye 2017, arXiv 1705.02894.
"""

from torch import Tensor, nn
from torch.nn.functional import relu
from torch.nn.utils.parametrizations import spectral_norm

from textgan.objectives.objective import Objective
from textgan.objectives.wgan_gp import generator_loss


def critic_loss(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """`mean max(1 - D(real), 0) + mean max(1 + D(fake), 0)`."""
    return relu(1 - at_real).mean() + relu(1 + at_fake).mean()


def total_variation(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """The critic's lower bound on the total variation between the two; its mean is the bound.

    The least loss that any critic reaches is `2 - 2 TV`, so `1 - loss / 2` is at most TV.
    """
    return 1 - (relu(1 - at_real) + relu(1 + at_fake)) / 2


def normalise(critic: nn.Module) -> None:
    """Put spectral normalisation on every layer that has a matrix of weights."""
    for module in list(critic.modules()):
        weight = getattr(module, "weight", None)
        if isinstance(weight, nn.Parameter) and weight.dim() > 1:
            spectral_norm(module)


def hinge() -> Objective:
    """Hinge losses with a spectrally normalised critic."""
    return Objective(
        name="hinge",
        critic_loss=critic_loss,
        generator_loss=generator_loss,
        curve="total_variation",
        estimate=total_variation,
        meaning=(
            "The share of probability by which real and generated text differ, as far as the "
            "critic sees it: 1 where it keeps them apart by the whole margin, 0 where it scores "
            "both near zero, less where it is wrong. The normalised critic is too flat to see "
            "all of it: a low curve may be good text or a weak critic."
        ),
        prepare=normalise,
    )
