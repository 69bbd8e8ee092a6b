"""The residual blocks as straight-line passes: forward, back, and forward again for a direction.

Where its ReLUs keep their signs a stack of residual blocks is linear, and the second derivative of
a ReLU is zero. So whoever wants the gradient of `<v, g>`, where g is the stack's own gradient with
respect to its input and v is held, needs no double backward. For a weight W from activation a to
output b,

    d<v, g> / dW  =  sum over rows of  adjoint(b) (x) tangent(a),

where `adjoint` is the ordinary backward pass and `tangent` is v carried forward through the stack
with its masks held and its biases left out. That is four passes (forward, adjoint, tangent,
products) where double backward takes six, and all of them are plain products: no graph is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from textgan.networks.blocks import Convolution, ResidualBlock
from textgan.networks.convolution import convolve, input_gradient, weight_gradient


@dataclass(frozen=True)
class CastBlock:
    """A block's weights in the type of the passes, its scale multiplied into the second layer."""

    block: ResidualBlock
    first: tuple[Tensor, Tensor]
    second: tuple[Tensor, Tensor]


def cast_blocks(blocks: Sequence[ResidualBlock], dtype: torch.dtype) -> list[CastBlock]:
    """Cast the weights and biases of `blocks`, once for all passes until they change."""
    firsts = [p.detach() for b in blocks for p in (b.first.weight, b.first.bias)]
    # The scale goes into the weight: one multiplication a step, not one a position.
    scales = [b.scale for b in blocks for _ in range(2)]
    seconds = [p.detach() for b in blocks for p in (b.second.weight, b.second.bias)]
    cast = [*firsts, *torch._foreach_mul(seconds, scales)]
    if cast[0].dtype is not dtype:  # all at once: a GPU has one kernel to launch
        exact, cast = cast, [torch.empty_like(p, dtype=dtype) for p in cast]
        torch._foreach_copy_(cast, exact)
    pairs = list(zip(cast[::2], cast[1::2], strict=True))
    halves = zip(blocks, pairs[: len(blocks)], pairs[len(blocks) :], strict=True)
    return [CastBlock(block, first, second) for block, first, second in halves]


class Passes:
    """One batch's passes through a stack; the parameters' `.grad` receive what they find.

    Call `forward`; then `adjoint`; then `tangent` where the adjoints were kept for it.

    Args:
        blocks: from `cast_blocks`.
    """

    def __init__(self, blocks: Sequence[CastBlock]) -> None:
        self.blocks = blocks
        self.inputs: list[tuple[Tensor, Tensor]] = []
        self.adjoints: list[tuple[Tensor, Tensor]] = []

    def forward(self, h: Tensor) -> Tensor:
        """Map `(rows, length, width)` through the stack, keeping what each convolution reads."""
        for cast in self.blocks:
            dilation = cast.block.first.dilation
            outer = torch.relu(h)
            inner = convolve(outer, *cast.first, dilation).relu_()
            self.inputs.append((outer, inner))
            # Out of place: what `forward` was given stays as it was.
            h = h + convolve(inner, *cast.second, dilation)
        return h

    def adjoint(self, h: Tensor, weights: bool, keep: bool = False) -> Tensor:
        """Carry the gradient at the stack's output back to its input.

        Args:
            h: `(rows, length, width)`.
            weights: add the gradients of weights and biases to the parameters.
            keep: keep the adjoints for `tangent`.
        """
        for cast, (outer, inner) in zip(reversed(self.blocks), reversed(self.inputs), strict=True):
            dilation = cast.block.first.dilation
            at_inner = _mask_(input_gradient(h, cast.second[0], dilation), inner)
            if weights:
                _add_products(cast.block, (outer, inner), (at_inner, h))
                add_gradient(cast.block.first.bias, at_inner.sum((0, 1)))
                add_gradient(cast.block.second.bias, h.sum((0, 1)), cast.block.scale)
            if keep:
                self.adjoints.append((at_inner, h))
            else:
                self.inputs.pop()
            h = _mask_(input_gradient(at_inner, cast.first[0], dilation), outer).add_(h)
        return h

    def tangent(self, h: Tensor) -> Tensor:
        """Carry a direction forward, add `d<h, adjoint at the input> / dW` to the weights.

        Args:
            h: the direction at the stack's input, `(rows, length, width)`.

        Returns:
            The direction at its output.
        """
        for cast, (outer, inner) in zip(self.blocks, self.inputs, strict=True):
            dilation = cast.block.first.dilation
            # In place of the activations, whose signs are all that is still needed of them.
            outer = _mask_(h, outer, into=outer)
            inner = _mask_(convolve(outer, cast.first[0], None, dilation), inner, into=inner)
            _add_products(cast.block, (outer, inner), self.adjoints.pop())
            h = h + convolve(inner, cast.second[0], None, dilation)
        self.inputs = []
        return h


def add_gradient(parameter: Tensor, gradient: Tensor, scale: float = 1.0) -> None:
    """Add `scale * gradient`, of any type, to `parameter.grad`."""
    if parameter.grad is None:
        gradient = gradient.to(parameter.dtype)
        parameter.grad = gradient * scale if scale != 1.0 else gradient.contiguous()
    else:
        parameter.grad.add_(gradient, alpha=scale)


def _add_products(
    block: ResidualBlock, inputs: tuple[Tensor, Tensor], adjoints: tuple[Tensor, Tensor]
) -> None:
    layers: tuple[tuple[Convolution, float], ...] = (
        (block.first, 1.0),
        (block.second, block.scale),
    )
    for (layer, scale), x, adjoint in zip(layers, inputs, adjoints, strict=True):
        product = weight_gradient(x, adjoint, layer.weight.shape[1], layer.dilation)
        add_gradient(layer.weight, product, scale)


def _mask_(adjoint: Tensor, rectified: Tensor, into: Tensor | None = None) -> Tensor:
    # What passes a ReLU whose output was `rectified`, forward and backward alike: one fused kernel,
    # written over the adjoint or over what is no longer needed.
    masked: Tensor = torch.ops.aten.threshold_backward.grad_input(
        adjoint, rectified, 0, grad_input=adjoint if into is None else into
    )
    return masked
