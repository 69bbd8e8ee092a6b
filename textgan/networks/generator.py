"""The generator: one pass from noise to the symbol probabilities of a whole sequence."""

import torch
from torch import Tensor, nn

from textgan.networks.blocks import Activation, Linear, ResidualBlock
from textgan.networks.stack import ResidualStack


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
    ) -> None:
        super().__init__()
        self.vocab, self.length, self.width, self.latent = vocab, length, width, latent
        self.input = Linear(latent, length * width)
        self.blocks = ResidualStack(
            ResidualBlock(width, kernel, scale, activation=activation) for _ in range(blocks)
        )
        self.output = Linear(width, vocab, gain=4)

    def logits(self, z: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Symbol scores before the softmax.

        Args:
            z: `(batch, latent)`.
            dtype: type that the blocks compute in; that of `z` by default.

        Returns:
            `(batch, length, vocab)`, in `dtype`.
        """
        h = self.input(z.to(dtype or z.dtype)).view(-1, self.length, self.width)
        scores: Tensor = self.output(self.blocks(h))  # (batch, length, vocab)
        return scores

    def forward(self, z: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Symbol probabilities `(batch, length, vocab)`, at least float32, of `(batch, latent)`."""
        scores = self.logits(z, dtype)
        exact = torch.promote_types(scores.dtype, torch.float32)
        return torch.softmax(scores, dim=-1, dtype=exact)
