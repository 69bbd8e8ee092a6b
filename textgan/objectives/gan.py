"""The non-saturating GAN: the generator asks the critic to take its rows for real.

    critic:     -mean log s(D(real)) - mean log(1 - s(D(fake))),    s the logistic function
    generator:  -mean log s(D(fake))

Goodfellow et al. 2014, arXiv 1406.2661, section 3. The generator's gradient is that of `D(fake)`
times `-(1 - s(D(fake)))`, which is largest where the critic is sure that a row is generated.
"""

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor
from torch.nn.functional import logsigmoid

from textgan.objectives.gan_minimax import gan_minimax
from textgan.objectives.objective import Objective


def generator_loss(at_fake: Tensor, at_real: Callable[[], Tensor]) -> Tensor:
    """`-mean log s(D(fake))`."""
    return -logsigmoid(at_fake).mean()


def gan() -> Objective:
    """The GAN as it is trained in practice; critic and curve are those of `gan-minimax`."""
    return replace(gan_minimax(), name="gan", generator_loss=generator_loss)
