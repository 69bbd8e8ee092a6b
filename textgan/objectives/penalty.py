"""The penalty on the critic's slope.

    P = weight * mean_i (n_i - target)^2,    n_i = sqrt(|g_i|^2 + 1e-12),    g_i = grad_x D(x_i)

with one norm a sample over all of its positions and symbols. With target 1, at `x_i = mix_i real_i
+ (1 - mix_i) fake_i`, it is that of Gulrajani et al. 2017 (arXiv 1704.00028, equation 3).
One-sided, the slope below the target is free: `max(n_i - target, 0)^2` (the "LP" of Petzka et al.
2018, arXiv 1709.08894). With target 0, at real and at generated rows, it is R1 + R2 (Mescheder et
al. 2018, arXiv 1801.04406).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

EPSILON = 1e-12
"""Under the root of the norm: its derivative stays finite where the gradient is zero."""


def slope(gradient: Tensor) -> Tensor:
    """The norm of each sample's gradient over all positions and symbols.

    Args:
        gradient: `(batch, length, vocab)`, or any shape that begins with the batch.

    Returns:
        `(batch,)`, at least float32.
    """
    exact = gradient.to(torch.promote_types(gradient.dtype, torch.float32))
    return root(exact.flatten(1).square().sum(1))


def root(squares: Tensor) -> Tensor:
    """The slopes whose squares are those: `(batch,)` to `(batch,)`."""
    return (squares + EPSILON).sqrt()


@dataclass(frozen=True)
class Penalty:
    """The penalty's weight, the slope it asks for, and where it asks.

    Args:
        weight: lambda; half of gamma for R1 and R2.
        one_sided: leave slopes below the target free.
        target: the slope asked for.
        at: ``"mixed"``, one mixture of a real and a generated row a sample; ``"ends"``, real rows
            and generated rows, the means of both added.
    """

    weight: float
    one_sided: bool = False
    target: float = 1.0
    at: Literal["mixed", "ends"] = "mixed"

    def of(self, slopes: Tensor) -> Tensor:
        """The penalty of each row, from its slope."""
        return self.weight * self.excess(slopes).square()

    def excess(self, slopes: Tensor) -> Tensor:
        """How far each slope misses the target; one-sided, how far it exceeds it."""
        missed = slopes - self.target
        return missed.clamp(min=0) if self.one_sided else missed

    def direction(self, gradient: Tensor, slopes: Tensor, batch: int) -> Tensor:
        """The derivative of `of(slopes).sum() / batch` by each row's gradient.

        Linear in `gradient` where the slopes are held: of a linear map's image of the gradient it
        is the same map's image of the derivative.
        """
        factor = 2 * self.weight / batch * self.excess(slopes) / slopes
        return factor.view(-1, *[1] * (gradient.dim() - 1)) * gradient
