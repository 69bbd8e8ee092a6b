"""The ReLU critic as a linear map, which makes the gradient of a gradient penalty a plain one.

Where its ReLUs keep their signs the critic D is linear in its input x, and the second derivative
of a ReLU is zero. So for any loss that adds values of D and a function of its input gradient,

    loss = sum_i  c_i D(x_i)  +  P(g_1, g_2, …),        g_i = grad_x D(x_i),

the derivative with respect to a weight W that maps activation a to output b needs no double
backward. With `v_i = dP / dg_i`,

    dP / dW = sum_i  d/dW <v_i, g_i> = sum_i  adjoint(b)_i (x) tangent(a)_i,

where `adjoint` is the ordinary backward pass from `D = 1` and `tangent` is v carried forward
through the network with its masks held and its biases left out. Together with the value terms one
pass over all rows is enough: forward, adjoint, tangent (penalised rows only), and the products

    sum_i  adjoint(b)_i (x) (activation(a)_i  or, where penalised,  tangent(a)_i).

That is four passes for penalised rows where double backward takes six, all of them plain products:
no graph is kept, so the step compiles, captures and reduces across processes like any other.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from textgan.networks.blocks import ResidualBlock
from textgan.networks.convolution import convolve, input_gradient, weight_gradient
from textgan.networks.critic import Critic


@dataclass
class _Branch:
    """One residual branch: its weights in the type of the pass, and what the passes leave."""

    block: ResidualBlock
    weights: tuple[Tensor, Tensor]
    biases: tuple[Tensor, Tensor]
    dilation: int
    inputs: list[Tensor]
    adjoints: list[Tensor]


class LinearisedCritic:
    """One batch's passes through a critic, with the critic's weights cast once.

    Call `forward`, then `adjoint`, then `tangent` where there is a penalty, then `accumulate`.

    Args:
        critic: the network; its parameters receive the gradients.
        dtype: type that the residual blocks compute in.
    """

    def __init__(self, critic: Critic, dtype: torch.dtype) -> None:
        self.critic = critic
        self.dtype = dtype
        self.branches = [_branch(block, dtype) for block in critic.blocks]

    def forward(self, h: Tensor) -> Tensor:
        """Score the rows of an embedded batch.

        Args:
            h: `critic.embed` of the batch, `(rows, length, width)`.

        Returns:
            Scores `(rows,)`, at least float32.
        """
        self.exact = torch.promote_types(h.dtype, torch.float32)
        h = h.to(self.dtype)
        for branch in self.branches:
            outer = torch.relu(h)
            inner = convolve(outer, branch.weights[0], branch.biases[0], branch.dilation).relu_()
            branch.inputs = [outer, inner]
            # Out of place: what `forward` was given stays as it was.
            h = h + convolve(inner, branch.weights[1], branch.biases[1], branch.dilation)
        self.features = h
        return self.critic.score(h)

    def adjoint(self, seed: Tensor) -> Tensor:
        """Carry the scores' gradient back to the embedded batch.

        Args:
            seed: gradient at each score, `(rows,)`: a row's weight in the loss, or one where the
                row is penalised.

        Returns:
            Gradient at the embedded batch, `(rows, length, width)`.
        """
        self.seed = seed
        rows, length, width = self.features.shape
        weight = self.critic.output.weight.to(self.exact).view(-1, width)
        spread = weight if self.critic.head == "flatten" else weight / length
        h = (seed[:, None, None] * spread).to(self.dtype).expand(rows, length, width).contiguous()
        for branch in reversed(self.branches):
            outer, inner = branch.inputs
            at_inner = _mask_(input_gradient(h, branch.weights[1], branch.dilation), inner)
            branch.adjoints = [at_inner, h]
            at_outer = input_gradient(at_inner, branch.weights[0], branch.dilation)
            h = _mask_(at_outer, outer).add_(h)
        self.at_embedding = h
        return h

    def tangent(self, v: Tensor, rows: slice) -> None:
        """Carry a direction forward through the masked network, in place of those rows' values.

        Args:
            v: the direction at the embedded rows, `(penalised rows, length, width)`.
            rows: which rows of the batch are penalised; their own values leave the sum.
        """
        h = v.to(self.dtype)
        for branch in self.branches:
            outer, inner = (saved[rows] for saved in branch.inputs)
            _mask_(h, outer, into=outer)
            _mask_(convolve(outer, branch.weights[0], None, branch.dilation), inner, into=inner)
            h = h + convolve(inner, branch.weights[1], None, branch.dilation)
        self.features[rows] = h

    def accumulate(self, valued: slice) -> None:
        """Add the gradients of all but the first layer to the parameters' `.grad`.

        Args:
            valued: the rows whose values are in the loss: biases act on them alone.
        """
        for branch in self.branches:
            layers = (branch.block.first, branch.block.second)
            scales = (1.0, branch.block.scale)
            for layer, x, adjoint, scale in zip(
                layers, branch.inputs, branch.adjoints, scales, strict=True
            ):
                kernel = layer.weight.shape[1]
                gradient = weight_gradient(x, adjoint, kernel, layer.dilation)
                add_gradient(layer.weight, gradient, scale)
                add_gradient(layer.bias, adjoint[valued].sum((0, 1)), scale)
            branch.inputs, branch.adjoints = [], []
        features = self.features.to(self.exact)
        if self.critic.head == "flatten":
            add_gradient(self.critic.output.weight, self.seed[None] @ features.flatten(1))
        else:
            add_gradient(self.critic.output.weight, self.seed[None] @ features.mean(1))
        add_gradient(self.critic.output.bias, self.seed[valued].sum()[None])


def add_gradient(parameter: Tensor, gradient: Tensor, scale: float = 1.0) -> None:
    """Add `scale * gradient` to `parameter.grad`."""
    gradient = gradient.to(parameter.dtype)
    if parameter.grad is None:
        parameter.grad = gradient * scale if scale != 1.0 else gradient.contiguous()
    else:
        parameter.grad.add_(gradient, alpha=scale)


def _branch(block: torch.nn.Module, dtype: torch.dtype) -> _Branch:
    assert isinstance(block, ResidualBlock)
    first = block.first.weight.detach().to(dtype)
    # The residual scale goes into the second convolution: once a step, not once a position.
    second = (block.second.weight.detach() * block.scale).to(dtype)
    return _Branch(
        block=block,
        weights=(first, second),
        biases=(
            block.first.bias.detach().to(dtype),
            (block.second.bias.detach() * block.scale).to(dtype),
        ),
        dilation=block.first.dilation,
        inputs=[],
        adjoints=[],
    )


def _mask_(adjoint: Tensor, rectified: Tensor, into: Tensor | None = None) -> Tensor:
    # What passes a ReLU whose output was `rectified`, forward and backward alike: one fused kernel,
    # written over the adjoint or over what is no longer needed.
    masked: Tensor = torch.ops.aten.threshold_backward.grad_input(
        adjoint, rectified, 0, grad_input=adjoint if into is None else into
    )
    return masked
