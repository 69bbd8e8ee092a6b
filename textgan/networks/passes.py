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
from typing import Literal

import torch
from torch import Tensor

from textgan.networks.abreast import Abreast
from textgan.networks.blocks import ResidualBlock
from textgan.networks.layout import Apart, Layout, add_gradient, sum_of_rows
from textgan.networks.winograd import POINTS, Winograd, fits

WIDE, FAIRLY_WIDE = 96, 64
"""Channels from which fewer multiplications are worth the sums that they cost: always, and for one
thread, which is not kept waiting while another makes the sums, where there are rows enough."""

ENOUGH = 2048
"""Rows that are enough for that: lines times positions."""

BYTES = 128
"""Channels from which a mask's byte a number costs less than the room that it saves."""

FILLING, BUSY = 2**22, 2**19
"""Numbers that a pass goes through a convolution with when it fills a GPU, and when it keeps the
bfloat16 instructions of a processor's threads busy."""

Keep = Literal["inputs", "signs", "nothing"]
"""What a forward pass keeps of what each convolution reads: its values, which gradients of weights
need; whether they are positive, which masks need; or nothing."""


@dataclass(frozen=True)
class CastBlock:
    """A block's weights and biases in the type of the passes."""

    block: ResidualBlock
    first: tuple[Tensor, Tensor]
    second: tuple[Tensor, Tensor]


def cast_blocks(blocks: Sequence[ResidualBlock], dtype: torch.dtype) -> list[CastBlock]:
    """Cast the weights and biases of `blocks`, once for all passes until they change."""
    layers = [layer for block in blocks for layer in (block.first, block.second)]
    cast = [p.detach() for layer in layers for p in (layer.weight, layer.bias)]
    if cast[0].dtype is not dtype:  # all at once: a GPU has one kernel to launch
        exact, cast = cast, [torch.empty_like(p, dtype=dtype) for p in cast]
        torch._foreach_copy_(cast, exact)
    pairs = list(zip(cast[::2], cast[1::2], strict=True))
    each = zip(blocks, pairs[::2], pairs[1::2], strict=True)
    return [CastBlock(block, first, second) for block, first, second in each]


def layout_of(h: Tensor, weight: Tensor) -> Layout:
    """What suits `(batch, length, channels)`, its type and device, and a weight as it is kept.

    Half precision would round after each of the products that are added up, and torch's compiler
    makes copies of what they write.
    """
    exact = h.dtype is weight.dtype and h.dtype in (torch.float32, torch.float64)
    if not exact or h.device.type != "cpu" or torch.compiler.is_compiling():
        return Apart()
    (lines, length, channels), kernel = h.shape, weight.shape[1]
    least = WIDE
    if torch.get_num_threads() == 1 and lines * length >= ENOUGH and fits(length):
        least = FAIRLY_WIDE
    fewer = kernel in POINTS and channels >= least
    return (Winograd if fewer else Abreast)(lines, length, kernel)


def together(ends: Tensor, dtype: torch.dtype) -> bool:
    """Whether the penalty's rows go with the loss's, and not after them.

    A GPU waits for kernels to begin as long as for what they do, until a pass fills it, and so do
    several threads with instructions that are faster than exact ones. From then on, and in an exact
    type on a processor, one after the other needs half of the room.

    Args:
        ends: the loss's rows, `(rows, length, width)`.
        dtype: of the passes.
    """
    if ends.device.type != "cpu":
        return ends.numel() <= FILLING
    several = dtype is torch.bfloat16 and torch.get_num_threads() > 1
    return several and ends.numel() <= BUSY


class Passes:
    """One batch's passes through a stack; the parameters' `.grad` receive what they find.

    Call `forward`; then `adjoint`; then `tangent` where the adjoints were kept for it. Each lets go
    of what the next does not need.

    Args:
        blocks: from `cast_blocks`; at least one.
    """

    def __init__(self, blocks: Sequence[CastBlock]) -> None:
        self.blocks = blocks
        self.kept: Keep = "nothing"
        self.inputs: list[tuple[Tensor, Tensor]] = []
        self.adjoints: list[tuple[Tensor, Tensor]] = []

    def forward(self, h: Tensor, keep: Keep) -> Tensor:
        """Map `(rows, length, width)` through the stack.

        Args:
            h: stays as it was.
            keep: for the other passes.
        """
        self.kept = keep
        layout = self._layout(h)
        h = layout.enter(h)
        for cast in self.blocks:
            outer = torch.relu(h)
            inner = layout.rectified(outer, *cast.first)
            if keep == "inputs":
                self.inputs.append((outer, inner))
            elif keep == "signs":
                self.inputs.append((_signs(outer), _signs(inner)))
            h = layout.plus(h, cast.block.scale, inner, *cast.second)
        return layout.leave(h)

    def adjoint(self, h: Tensor, keep: bool = False) -> Tensor:
        """Carry the gradient at the stack's output back to its input.

        Where inputs were kept, the gradients of weights and biases are added to the parameters.

        Args:
            h: `(rows, length, width)`.
            keep: keep the adjoints for `tangent`, and leave those gradients to it.
        """
        layout = self._layout(h)
        h = layout.enter(h)
        passed: list[tuple[Tensor, Tensor]] = []
        for cast in reversed(self.blocks):
            outer, inner = self.inputs.pop()
            at_inner = layout.input_gradient(h, cast.second[0], cast.block.scale)
            at_inner = _masked(at_inner, inner, over=at_inner)
            if keep:
                passed.append((outer, inner))
                self.adjoints.append((at_inner, h))
            elif self.kept == "inputs":
                _add_products(layout, cast.block, (outer, inner), (at_inner, h))
                _add_sums(cast.block, (at_inner, h))
            del inner  # room for what comes next
            at_outer = layout.input_gradient(at_inner, cast.first[0])
            h = _masked(at_outer, outer, over=at_outer).add_(h)
        self.inputs = passed  # the first block's last: `tangent` takes them from the end
        return layout.leave(h)

    def tangent(self, h: Tensor) -> Tensor:
        """Carry a direction forward, add `d<h, adjoint at the input> / dW` to the weights.

        Args:
            h: the direction at the stack's input, `(rows, length, width)`: of all rows that went
                forward; or, where they go `together`, of the last ones, while the rows before them
                add what `adjoint` left.

        Returns:
            The direction at its output.
        """
        layout = self._layout(h)
        h = layout.enter(h)
        last = slice(-len(h), None)
        for cast in self.blocks:
            outer, inner = self.inputs.pop()  # each is let go of once it has been used
            adjoints = self.adjoints.pop()
            if self.kept == "inputs":  # what the last rows read becomes what their tangents read
                _masked(h, outer[last], over=outer[last])
                convolved = layout.convolve(outer[last], cast.first[0])
                _masked(convolved, inner[last], over=inner[last])
                _add_sums(cast.block, [adjoint[: -len(h)] for adjoint in adjoints])
            else:
                outer = _masked(h, outer, over=torch.empty_like(h))
                convolved = layout.convolve(outer, cast.first[0])
                inner = _masked(convolved, inner, over=convolved)
            _add_products(layout, cast.block, (outer, inner), adjoints)
            h = layout.plus(h, cast.block.scale, inner[last], cast.second[0])
        return layout.leave(h)

    def _layout(self, h: Tensor) -> Layout:
        return layout_of(h, self.blocks[0].block.first.weight)


def _add_products(
    layout: Layout,
    block: ResidualBlock,
    inputs: tuple[Tensor, Tensor],
    adjoints: tuple[Tensor, Tensor],
) -> None:
    layout.add_weight_gradient(block.first.weight, inputs[0], adjoints[0], 1.0)
    layout.add_weight_gradient(block.second.weight, inputs[1], adjoints[1], block.scale)


def _add_sums(block: ResidualBlock, adjoints: Sequence[Tensor]) -> None:
    at_first, at_second = (sum_of_rows(adjoint.flatten(0, -2)) for adjoint in adjoints)
    add_gradient(block.first.bias, at_first)
    add_gradient(block.second.bias, at_second, block.scale)


def _signs(rectified: Tensor) -> Tensor:
    # All that a mask asks of it: one or zero, in a quarter of the room. It costs time, which counts
    # where products are short; on a GPU it was not tried. Of what is never negative `bool` is seven
    # times as fast as `> 0` on a CPU, and bytes multiply four times as fast as booleans.
    wide = rectified.shape[-1] >= BYTES and rectified.itemsize >= 4
    if not wide or rectified.device.type != "cpu":
        return rectified
    return rectified.bool().view(torch.uint8)


def _masked(h: Tensor, kept: Tensor, over: Tensor) -> Tensor:
    # What of `h` passes a ReLU whose output, or the signs of it, was kept, forward and backward
    # alike: one fused kernel, written over what may be `h` itself.
    if kept.dtype is torch.uint8:
        return torch.mul(h, kept, out=over)
    masked: Tensor = torch.ops.aten.threshold_backward.grad_input(h, kept, 0, grad_input=over)
    return masked
