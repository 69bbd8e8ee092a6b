"""The layers that generator and critic are made of, with the original's initialisation.

Shapes are `(batch, length, width)`. Weights are kept in float32 (or float64) and taken in the type
of the activations, so that a network computes in whatever type it is fed.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrize import is_parametrized

from textgan.errors import InputError
from textgan.networks.convolution import convolve

Activation = Literal["relu", "leaky_relu", "tanh", "silu"]
"""With any but ``"relu"`` a critic takes the general way to its penalty, which is slower."""

ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = MappingProxyType(
    {
        "relu": torch.relu,
        "leaky_relu": lambda h: functional.leaky_relu(h, 0.2),
        "tanh": torch.tanh,
        "silu": functional.silu,
    }
)


def uniform_(weight: Tensor, deviation: float) -> Tensor:
    """Fill `weight` from the uniform distribution with mean zero and that standard deviation."""
    with torch.no_grad():
        return weight.uniform_(-deviation * math.sqrt(3), deviation * math.sqrt(3))


def reparametrised(network: nn.Module) -> bool:
    """Whether a weight is computed from other parameters, as under spectral normalisation."""
    return any(is_parametrized(module) for module in network.modules())


class Convolution(nn.Module):
    """A "same" convolution over positions.

    Weights are uniform with standard deviation `sqrt(4 / (fan_in + fan_out))`, biases zero: the
    initialisation of the original WGAN-GP language model (Gulrajani et al. 2017, arXiv 1704.00028).

    Args:
        inputs: channels in.
        outputs: channels out.
        kernel: positions read for one position written; odd.

    Raises:
        InputError: the kernel is even or smaller than one.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        if kernel < 1 or kernel % 2 == 0:
            raise InputError(f"network.kernel is {kernel}; a kernel must be odd and at least 1")
        self.kernel = kernel
        self.weight = nn.Parameter(torch.empty(outputs, kernel, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        uniform_(self.weight, math.sqrt(4 / (kernel * (inputs + outputs))))

    def forward(self, x: Tensor) -> Tensor:
        """Map `(batch, length, inputs)` to `(batch, length, outputs)`."""
        return convolve(x, self.weight, self.bias)


def affine(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Map the last dimension by `weight` `(outputs, inputs)` and `bias`, in the type of `x`."""
    return functional.linear(x, weight.to(x.dtype), bias.to(x.dtype))


class Linear(nn.Module):
    """An affine map of the last dimension.

    Weights are uniform with standard deviation `sqrt(gain / (inputs + outputs))`: gain 2 for the
    original's linear layers (Glorot), gain 4 for its 1x1 convolutions; biases are zero.

    Args:
        inputs: size of the last dimension in.
        outputs: size of the last dimension out.
        gain: see above.
    """

    def __init__(self, inputs: int, outputs: int, gain: float = 2) -> None:
        super().__init__()
        self.weight: Tensor = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        uniform_(self.weight, math.sqrt(gain / (inputs + outputs)))

    def hold(self, weight: Tensor) -> None:
        """Keep this weight from now on: no parameter any more, but saved like one."""
        del self.weight
        self.register_buffer("weight", weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(…, inputs)` to `(…, outputs)`."""
        return affine(x, self.weight, self.bias)


def label_vectors(labels: int, size: int, deviation: float) -> nn.Parameter | None:
    """A vector a label, `(labels, size)`, with that standard deviation; none without labels."""
    return nn.Parameter(uniform_(torch.empty(labels, size), deviation)) if labels else None


class ResidualBlock(nn.Module):
    """`h + scale * conv(relu(conv(relu(h))))`, or another activation; without normalisation.

    The sum adds the block's own input, not its rectified copy.

    Args:
        width: channels in and out.
        kernel: positions that each convolution reads; odd.
        scale: weight of the residual branch (0.3 in the original).
        activation: ahead of each convolution.
    """

    def __init__(
        self,
        width: int,
        kernel: int,
        scale: float,
        activation: Activation = "relu",
    ) -> None:
        super().__init__()
        self.scale, self.activation = scale, activation
        self.first = Convolution(width, width, kernel)
        self.second = Convolution(width, width, kernel)

    def forward(self, h: Tensor) -> Tensor:
        """Map `(batch, length, width)` to the same shape."""
        activate = ACTIVATIONS[self.activation]
        inner = activate(self.first(activate(h)))
        return torch.add(h, self.second(inner), alpha=self.scale)
