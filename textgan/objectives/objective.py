"""What the training loop knows of an objective: two phases and their terms."""

from typing import Protocol

import torch
from torch import Tensor, nn

Terms = dict[str, Tensor]
"""What a phase reports: a name and its values, `(batch,)` or a scalar, still on the device."""


class Objective(Protocol):
    """What critic and generator minimise."""

    @property
    def name(self) -> str:
        """What `--objective` calls it."""
        ...

    @property
    def curve(self) -> str:
        """The term that is plotted and shown while training."""
        ...

    @property
    def meaning(self) -> str:
        """How to read the curve, in one sentence."""
        ...

    def critic_backward(
        self, critic: nn.Module, real: Tensor, fake: Tensor, mix: Tensor, dtype: torch.dtype
    ) -> Terms:
        """Add the critic loss's gradients to the critic's parameters.

        Args:
            critic: scores `(batch, length, vocab)` or symbols `(batch, length)`.
            real: symbols `(batch, length)`.
            fake: generated probabilities `(batch, length, vocab)`, detached.
            mix: one number a sample, uniform in [0, 1], `(batch,)`.
            dtype: type that the blocks compute in.
        """
        ...

    def generator_loss(
        self, critic: nn.Module, real: Tensor, fake: Tensor, dtype: torch.dtype
    ) -> tuple[Tensor, Terms]:
        """The generator's loss, a scalar that differentiates with respect to `fake`."""
        ...
