"""The generator: one pass from noise to the symbol probabilities of a whole sequence."""

import math
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from textgan.networks.blocks import Activation, Linear, ResidualBlock, label_vectors, uniform_
from textgan.networks.given import Given, StraightThrough
from textgan.networks.stack import ResidualStack

Output = Literal["softmax", "straight-through"]
Vectors = Literal["learned", "fixed"] | Tensor

FIXED_NORM = 0.5
"""Length of a fixed symbol vector (of drawn ones the root mean square): smaller ones begin too
slowly, larger ones let the softmax grow certain, and a symbol whose probability is nothing is never
learned again."""

SLAB, ROWS = 2**18, 64
"""Symbol scores that a CPU holds at once where only the largest are wanted, which its cache takes,
and the fewest positions that they are of, which keep a matrix product busy."""


class Generator(nn.Module):
    """A 1-D convolutional residual network with a softmax at every position.

    `z -> linear -> (length, width) -> blocks -> linear to the vocabulary -> softmax`, as in the
    language model of Gulrajani et al. 2017 (arXiv 1704.00028, section 5.2 and appendix).

    Args:
        vocab: number of symbols.
        length: positions written.
        width: channels of the residual stream.
        blocks: number of residual blocks.
        kernel: positions that a convolution reads; odd.
        scale: weight of the residual branches.
        activation: of the residual blocks.
        latent: size of `z`.
        output: what the critic is given. ``"softmax"``: the probabilities (the original).
            ``"straight-through"``: the most probable symbols, which pass gradients on as if they
            were the probabilities (Bengio et al. 2013, arXiv 1308.3432), so that the critic never
            tells real from written by how sure the generator is.
        vectors: the rows of the last layer, one a symbol. ``"fixed"``: they stay as drawn and only
            their biases learn, so that none of many symbols is unlearned on its own. A tensor
            `(vocab, width)` of unit vectors: these, likewise fixed.
        labels: of how many kinds lines are, of which it writes the one that it is told: the label
            adds a vector of its own to what the first layer makes of `z`. 0: it knows none.
    """

    def __init__(
        self,
        *,
        vocab: int,
        length: int,
        width: int = 512,
        blocks: int = 5,
        kernel: int = 5,
        scale: float = 0.3,
        activation: Activation = "relu",
        latent: int = 128,
        output: Output = "softmax",
        vectors: Vectors = "learned",
        labels: int = 0,
    ) -> None:
        super().__init__()
        self.vocab, self.length, self.width, self.latent = vocab, length, width, latent
        self.labels = labels
        self.hard = output == "straight-through"
        self.input = Linear(latent, length * width)
        # To begin with a label moves what is written as far as all of `z` does.
        deviation = math.sqrt(2 * latent / (latent + length * width))
        self.label = label_vectors(labels, length * width, deviation)
        self.blocks = ResidualStack(
            ResidualBlock(width, kernel, scale, activation=activation) for _ in range(blocks)
        )
        self.output = Linear(width, vocab, gain=4)
        if isinstance(vectors, Tensor):
            self.output.hold(FIXED_NORM * vectors)
        elif vectors == "fixed":
            uniform_(self.output.weight, FIXED_NORM / math.sqrt(width))
            self.output.hold(self.output.weight.detach())

    def logits(
        self, z: Tensor, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """Symbol scores before the softmax.

        Args:
            z: `(batch, latent)`.
            dtype: type that the blocks compute in; that of `z` by default.
            labels: of the lines to write, `(batch,)`, where there are any.

        Returns:
            `(batch, length, vocab)`, in `dtype`.
        """
        scores: Tensor = self.output(self.hidden(z, dtype, labels))
        return scores

    def hidden(
        self, z: Tensor, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """What the last layer reads: `(batch, length, width)`; arguments as in `logits`."""
        h = self.input(z.to(dtype or z.dtype))
        if self.label is not None and labels is not None:
            h = h + functional.embedding(labels, self.label).to(h.dtype)
        read: Tensor = self.blocks(h.view(-1, self.length, self.width))
        return read

    def slabs(
        self, z: Tensor, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Iterator[Tensor]:
        """The `logits`, some positions of the batch after others: `(positions, vocab)` each.

        On a CPU so few at a time that they never leave its cache; elsewhere all at once.
        """
        read = self.hidden(z, dtype, labels).flatten(0, 1)
        rows = max(ROWS, SLAB // self.vocab) if read.device.type == "cpu" else len(read)
        # Cast once, where the layer itself would do so for every slab.
        weight, bias = (t.to(read.dtype) for t in (self.output.weight, self.output.bias))
        return (functional.linear(part, weight, bias) for part in torch.split(read, rows))

    def forward(
        self, z: Tensor, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Given:
        """What the critic is given, see `output`; arguments as in `logits`.

        Returns:
            Symbol probabilities `(batch, length, vocab)`, at least float32, or both with symbols.
        """
        scores = self.logits(z, dtype, labels)
        exact = torch.promote_types(scores.dtype, torch.float32)
        probabilities = torch.softmax(scores, dim=-1, dtype=exact)
        if not self.hard:
            return probabilities
        return StraightThrough(most_probable(probabilities), probabilities)

    def written(
        self, z: Tensor, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """What `forward` gives, without a gradient, for which symbols do where there are any.

        Returns:
            Symbols `(batch, length)`, or probabilities `(batch, length, vocab)`.
        """
        with torch.no_grad():
            if not self.hard:
                probabilities: Tensor = self(z, dtype, labels)
                return probabilities
            symbols = torch.cat([most_probable(scores) for scores in self.slabs(z, dtype, labels)])
            return symbols.view(-1, self.length)


def most_probable(scores: Tensor) -> Tensor:
    """Where the largest entry of each row is, the first of equals: `(…, vocab)` to `(…)`."""
    if scores.device.type != "cpu" or torch.compiler.is_compiling():
        return scores.argmax(-1)
    # numpy searches with vector instructions, PyTorch without: of 2,560 rows of 4,088, 3 ms to 24.
    exact = torch.promote_types(scores.dtype, torch.float32)
    return torch.from_numpy(scores.detach().to(exact).numpy().argmax(-1))
