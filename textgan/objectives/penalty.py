"""The gradient penalty, and the two ways to its gradient.

    P = weight * mean_i (n_i - 1)^2,    n_i = sqrt(|g_i|^2 + 1e-12),    g_i = grad_x D(x_i)

with one norm a sample over all of its positions and symbols, at `x_i = mix_i real_i +
(1 - mix_i) fake_i` (Gulrajani et al. 2017, arXiv 1704.00028, equation 3). One-sided, the slope
below one is free: `max(n_i - 1, 0)^2` (the "LP" of Petzka et al. 2018, arXiv 1709.08894).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from textgan.networks.critic import Critic
from textgan.networks.passes import Passes, add_gradient

EPSILON = 1e-12
"""Under the root of the norm: its derivative stays finite where the gradient is zero."""


def slope(gradient: Tensor) -> Tensor:
    """The norm of each sample's gradient over all positions and symbols.

    Args:
        gradient: `(batch, length, vocab)`.

    Returns:
        `(batch,)`, at least float32.
    """
    exact = gradient.to(torch.promote_types(gradient.dtype, torch.float32))
    return (exact.square().sum((1, 2)) + EPSILON).sqrt()


@dataclass(frozen=True)
class Penalty:
    """The gradient penalty's weight, lambda, and whether slopes below one are free."""

    weight: float
    one_sided: bool = False

    def of(self, slopes: Tensor) -> Tensor:
        """The penalty of each sample, from its slope."""
        return self.weight * self.excess(slopes).square()

    def excess(self, slopes: Tensor) -> Tensor:
        """How far each slope misses one; one-sided, how far it exceeds one."""
        return (slopes - 1).clamp(min=0) if self.one_sided else slopes - 1


def wasserstein_backward(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    penalty: Penalty,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor]:
    """Add the gradients of `mean D(fake) - mean D(real) + P` to the critic's parameters.

    The one place that chooses the way: without double backward where the critic is a
    `Critic`, which is linear between its ReLUs; by double backward for any other.

    Args:
        critic: see `Objective.critic_backward`.
        real: symbols `(batch, length)`.
        fake: probabilities `(batch, length, vocab)`.
        mix: `(batch,)`.
        penalty: P.
        dtype: type that the blocks compute in.

    Returns:
        Scores of the real rows, scores of the fake rows, slopes; each `(batch,)`.
    """
    if type(critic) is Critic:
        return _linearised(critic, real, fake, mix, penalty, dtype)
    return double_backward(critic, real, fake, mix, penalty, dtype)


def double_backward(
    critic: nn.Module,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    penalty: Penalty,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor]:
    """The general way and the reference: the penalty's graph is itself differentiated."""
    batch = len(real)
    one_hot = functional.one_hot(real.long(), fake.shape[-1]).to(fake.dtype)
    mixed = torch.lerp(fake, one_hot, mix[:, None, None]).requires_grad_()
    scores = critic(torch.cat([one_hot, fake]), dtype)
    (gradient,) = torch.autograd.grad(critic(mixed, dtype).sum(), mixed, create_graph=True)
    slopes = slope(gradient)
    loss = scores[batch:].mean() - scores[:batch].mean() + penalty.of(slopes).mean()
    loss.backward()
    return scores[:batch].detach(), scores[batch:].detach(), slopes.detach()


@torch.no_grad()
def _linearised(
    critic: Critic,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    penalty: Penalty,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor]:
    batch = len(real)
    embedding = critic.input.weight  # (width, vocab)
    blocks = critic.blocks.cast(dtype)
    # The first layer is affine, so it maps the mixture to the mixture: two thirds of it are enough,
    # and real text needs no product at all.
    at_real, at_fake = critic.embed(real), critic.embed(fake)
    at_mixed = torch.lerp(at_fake, at_real, mix.to(fake.dtype)[:, None, None])

    # The values, D(fake) - D(real): forward and back.
    passes = Passes(blocks)
    features = passes.forward(torch.cat([at_real, at_fake]).to(dtype))
    scores = critic.score(features)
    seed = torch.cat([scores.new_full((batch,), -1 / batch), scores.new_full((batch,), 1 / batch)])
    add_gradient(critic.output.weight, seed[None] @ critic.features(features))
    add_gradient(critic.output.bias, seed.sum()[None])
    adjoint = passes.adjoint(critic.score_adjoint(seed, dtype), weights=True).to(fake.dtype)
    add_gradient(critic.input.bias, adjoint.sum((0, 1)))
    flat = adjoint.flatten(0, 1)
    rows = batch * real.shape[1]
    by_symbol = torch.zeros_like(embedding.t()).index_add_(0, real.flatten().long(), flat[:rows])

    # The penalty: forward, back for the slopes, and forward again for their gradient.
    passes = Passes(blocks)
    passes.forward(at_mixed.to(dtype))
    ones = critic.score_adjoint(scores.new_ones(batch), dtype)
    adjoint = passes.adjoint(ones, weights=False, keep=True).to(fake.dtype)
    gradient = adjoint @ embedding  # (batch, length, vocab)
    slopes = slope(gradient)
    factor = 2 * penalty.weight / batch * penalty.excess(slopes) / slopes
    direction = factor[:, None, None] * gradient
    features = passes.tangent((direction @ embedding.t()).to(dtype))
    add_gradient(critic.output.weight, critic.features(features).sum(0, keepdim=True))

    back = torch.cat([flat[rows:], adjoint.flatten(0, 1)])
    into = torch.cat([fake.flatten(0, 1), direction.flatten(0, 1)])
    add_gradient(embedding, torch.addmm(by_symbol.t(), back.t(), into))
    return scores[:batch], scores[batch:], slopes
