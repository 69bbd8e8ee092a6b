"""The critic's gradients without double backward: exact for a critic that is linear between ReLUs.

`textgan.networks.passes` says why that is so; tests hold this equal to double backward.
"""

import torch
from torch import Tensor

from textgan.networks.critic import Critic
from textgan.networks.layout import add_gradient
from textgan.networks.passes import CastBlock, Passes
from textgan.objectives.objective import Objective
from textgan.objectives.penalty import Penalty, root


@torch.no_grad()
def linearised(
    objective: Objective,
    critic: Critic,
    real: Tensor,
    fake: Tensor,
    mix: Tensor,
    dtype: torch.dtype,
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Add the gradients of the critic's loss and penalty to the critic's parameters.

    Args:
        objective: what to minimise.
        critic: whose blocks rectify and add and do nothing else.
        real: symbols `(batch, length)`.
        fake: probabilities `(batch, length, vocab)`, or symbols likewise.
        mix: `(batch,)`.
        dtype: type that the blocks compute in.

    Returns:
        Scores of the real rows and of the fake rows, `(batch,)`; slopes, where there is a penalty.
    """
    blocks = critic.blocks.cast(dtype)
    # Symbols need no product in the first layer: they look up their columns.
    both = torch.cat([critic.embed(real), critic.embed(fake)])
    scores = _add_loss(objective, critic, blocks, both, real, fake, dtype)
    slopes, penalty = None, objective.penalty
    if penalty is not None:
        if penalty.at == "mixed":
            # The first layer is affine, so it maps the mixture to the mixture.
            mix = mix.to(both.dtype)[:, None, None]
            both = torch.lerp(both[len(real) :], both[: len(real)], mix)
        slopes = _add_penalty(penalty, critic, blocks, both, len(real), dtype)
    return scores[: len(real)], scores[len(real) :], slopes


def _add_loss(
    objective: Objective,
    critic: Critic,
    blocks: list[CastBlock],
    h: Tensor,
    real: Tensor,
    fake: Tensor,
    dtype: torch.dtype,
) -> Tensor:
    """The loss of the scores: forward, back, products; returns the scores, `(2 * batch,)`."""
    batch, embedding = len(real), critic.input.weight  # (width, vocab)
    passes = Passes(blocks)
    features = passes.forward(h.to(dtype), keep="inputs")
    scores = critic.score(features)
    with torch.enable_grad():
        leaf = scores.detach().requires_grad_()
        loss = objective.critic_loss(leaf[:batch], leaf[batch:])
    (seed,) = torch.autograd.grad(loss, leaf)
    add_gradient(critic.output.weight, seed[None] @ critic.features(features))
    del features
    add_gradient(critic.output.bias, seed.sum()[None])
    adjoint = passes.adjoint(critic.score_adjoint(seed, dtype)).to(h.dtype)
    add_gradient(critic.input.bias, adjoint.sum((0, 1)))
    by_symbol = embedding.new_zeros(critic.vocab, critic.width)
    for rows, at_rows in zip((real, fake), adjoint.flatten(0, 1).tensor_split(2), strict=True):
        if rows.is_floating_point():  # at_rows: (batch * length, width)
            by_symbol.addmm_(rows.flatten(0, 1).t(), at_rows)
        else:
            by_symbol.index_add_(0, rows.flatten().long(), at_rows)
    add_gradient(embedding, by_symbol.t())
    return scores


def _add_penalty(
    penalty: Penalty,
    critic: Critic,
    blocks: list[CastBlock],
    h: Tensor,
    batch: int,
    dtype: torch.dtype,
) -> Tensor:
    """The penalty: forward, back for the slopes, forward for their gradient; returns slopes.

    A row's gradient is E'a, of the first layer's weight E and the adjoint a behind it. All that is
    asked of it is had from a and EE', which has no side as long as the vocabulary: |E'a|^2 is
    <a, EE'a>, and what the direction E'(ca) becomes behind the first layer is EE'(ca).
    """
    embedding = critic.input.weight  # (width, vocab)
    gram = embedding @ embedding.t()
    passes = Passes(blocks)
    passes.forward(h.to(dtype), keep="signs")
    seed = h.new_ones(len(h))
    adjoint = passes.adjoint(critic.score_adjoint(seed, dtype), keep=True).to(h.dtype)
    carried = adjoint @ gram  # (rows, length, width), the gradient behind the first layer
    slopes = root((adjoint * carried).flatten(1).sum(1).clamp(min=0))
    features = passes.tangent(penalty.direction(carried, slopes, batch).to(dtype))
    add_gradient(critic.output.weight, critic.features(features).sum(0, keepdim=True))
    weighed = penalty.direction(adjoint, slopes, batch)
    add_gradient(embedding, (adjoint.flatten(0, 1).t() @ weighed.flatten(0, 1)) @ embedding)
    return slopes
