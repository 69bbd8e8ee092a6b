"""The original GAN: the generator minimises what the critic maximises.

    critic:     -mean log s(D(real)) - mean log(1 - s(D(fake))),    s the logistic function
    generator:  mean log(1 - s(D(fake)))

Goodfellow et al. 2014, arXiv 1406.2661, equation 1; D is the logit of their discriminator. At the
best critic the critic's loss is `2 log 2 - 2 JS(real, generated)` (their theorem 1). The
generator's gradient is that of `D(fake)` times `-s(D(fake))`: it vanishes where the critic is sure
that a row is generated.
"""

import math
from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import logsigmoid

from textgan.objectives.objective import Objective


def critic_loss(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """Binary cross entropy: `-mean log s(D(real)) - mean log(1 - s(D(fake)))`."""
    return -logsigmoid(at_real).mean() - logsigmoid(-at_fake).mean()


def generator_loss(at_fake: Tensor, at_real: Callable[[], Tensor]) -> Tensor:
    """`mean log(1 - s(D(fake)))`."""
    return logsigmoid(-at_fake).mean()


def jensen_shannon(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """The critic's lower bound on the Jensen-Shannon divergence, in bits; its mean is the bound.

    One pair's share is `(log s(D(real)) + log(1 - s(D(fake)))) / (2 log 2) + 1`.
    """
    return (logsigmoid(at_real) + logsigmoid(-at_fake)) / (2 * math.log(2)) + 1


MEANING = (
    "How many bits of the Jensen-Shannon divergence between real and generated text the critic "
    "sees: 1 where it tells them apart without fail, 0 where it guesses, less where it is wrong. "
    "It shows which of the two networks is ahead; it need not fall as the text gets better."
)


def gan_minimax() -> Objective:
    """The GAN whose generator minimises the critic's gain."""
    return Objective(
        name="gan-minimax",
        critic_loss=critic_loss,
        generator_loss=generator_loss,
        curve="jensen_shannon",
        estimate=jensen_shannon,
        meaning=MEANING,
    )
