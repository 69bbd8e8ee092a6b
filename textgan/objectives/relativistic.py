"""R3GAN: the critic ranks a real row above a generated one; R1 and R2 hold its slope to zero.

    critic:     mean softplus(D(fake) - D(real)) + gamma/2 mean |grad D(real)|^2
                                                 + gamma/2 mean |grad D(fake)|^2
    generator:  mean softplus(D(real) - D(fake))

Real and generated rows are paired as the batch has them. Huang et al. 2024, arXiv 2501.05441,
section 2; the pairing is that of Jolicoeur-Martineau 2018 (arXiv 1807.00734), the penalties are
those of Mescheder et al. 2018 (arXiv 1801.04406).
"""

import math
from collections.abc import Callable

from torch import Tensor
from torch.nn.functional import logsigmoid, softplus

from textgan.objectives.objective import Objective
from textgan.objectives.penalty import Penalty

GAMMA = 1.0
"""The paper's first on ImageNet-64; it takes another for every data set, from 0.05 to 150."""


def critic_loss(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """`mean softplus(D(fake) - D(real))`, row by row."""
    return softplus(at_fake - at_real).mean()


def generator_loss(at_fake: Tensor, at_real: Callable[[], Tensor]) -> Tensor:
    """`mean softplus(D(real) - D(fake))`, row by row."""
    return softplus(at_real() - at_fake).mean()


def pair_order(at_real: Tensor, at_fake: Tensor) -> Tensor:
    """How well the critic knows which of two rows is the real one, in bits; one pair's share.

    With the best critic, `log(real / generated)`, the mean of `log2 s(D(real) - D(fake)) + 1` is
    the Jensen-Shannon divergence between pairs (real, generated) and pairs (generated, real); with
    any other it is less.
    """
    return logsigmoid(at_real - at_fake) / math.log(2) + 1


def relativistic(gamma: float = GAMMA) -> Objective:
    """Relativistic pairing with zero-centred penalties at both ends."""
    return Objective(
        name="relativistic",
        critic_loss=critic_loss,
        generator_loss=generator_loss,
        curve="pair_order",
        estimate=pair_order,
        meaning=(
            "How many bits the critic knows of which row of a pair is the real one: 1 where it "
            "always knows, 0 where it guesses, less where it is wrong. It is a lower bound on a "
            "divergence between the two orders of a pair, not on one between texts; the penalty "
            "keeps it low, so that it need not fall as the text gets better."
        ),
        penalty=Penalty(gamma / 2, target=0.0, at="ends"),
    )
