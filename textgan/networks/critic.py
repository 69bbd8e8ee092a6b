"""The critic: from symbol probabilities, or real symbols, to one score a sequence."""

import math
from operator import attrgetter
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from textgan.networks.blocks import Activation, Linear, ResidualBlock, label_vectors, reparametrised
from textgan.networks.given import Given, embed, told
from textgan.networks.stack import ResidualStack

Head = Literal["flatten", "mean"]
HEADS: tuple[Head, ...] = get_args(Head)


class Critic(nn.Module):
    """The generator's mirror image: linear from the vocabulary, residual blocks, one score.

    With ReLUs it rectifies and adds and does nothing else, so it is linear wherever they keep their
    signs; `textgan.networks.passes` builds on that.

    Args:
        vocab: number of symbols.
        length: positions read.
        width: channels of the residual stream.
        blocks: number of residual blocks.
        kernel: positions that a convolution reads; odd.
        scale: weight of the residual branches.
        activation: of the residual blocks.
        head: ``"flatten"`` weighs every position on its own (the original); ``"mean"`` averages
            over positions first.
        labels: of how many kinds lines are, of which it is told one: the label adds a vector of its
            own to every position of what the first layer writes, as its one-hot row beside each
            symbol's would (Mirza and Osindero 2014, arXiv 1411.1784). 0: it knows none.
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
        head: Head = "flatten",
        labels: int = 0,
    ) -> None:
        super().__init__()
        self.vocab, self.length, self.width, self.head = vocab, length, width, head
        self.input = Linear(vocab, width, gain=4)
        self.label = label_vectors(labels, width, math.sqrt(4 / (vocab + width)))
        self.blocks = ResidualStack(
            ResidualBlock(width, kernel, scale, activation=activation) for _ in range(blocks)
        )
        self.output = Linear(width * length if head == "flatten" else width, 1)

    def shape(self) -> dict[str, Any]:
        """What it is built of besides vocabulary and length, as plain data."""
        shape = {"width": self.width, **self.blocks.shape(), "head": self.head}
        return shape if self.label is None else {**shape, "labels": len(self.label)}

    def linear_between_relus(self) -> bool:
        """Whether its gradients may be had by passes, without double backward."""
        ends = (self.input, self.output)
        return self.blocks.linear_between_relus() and not any(map(reparametrised, ends))

    def embed(self, x: Given, labels: Tensor | None = None) -> Tensor:
        """First layer: what is given, of `(batch, length)`, to `(batch, length, width)`."""
        return self.labelled(embed(x, self.input.weight, self.input.bias), labels)

    def labelled(self, h: Tensor, labels: Tensor | None) -> Tensor:
        """What the first layer wrote of symbols, and what `labels` `(batch,)` add to it."""
        if self.label is None or labels is None:
            return h
        return h + functional.embedding(labels, self.label)[:, None].to(h.dtype)

    def score(self, h: Tensor) -> Tensor:
        """Last layer: `(batch, length, width)` to `(batch,)`, at least float32."""
        scores: Tensor = self.output(self.features(h))
        return scores.squeeze(-1)

    def score_adjoint(self, seed: Tensor, dtype: torch.dtype) -> Tensor:
        """Back from the scores to what `score` reads: `(batch,)` to `(batch, length, width)`."""
        weight = self.output.weight.detach().view(-1, self.width)
        spread = weight if self.head == "flatten" else weight / self.length
        at_features = (seed[:, None, None] * spread).to(dtype)
        return at_features.expand(len(seed), self.length, self.width).contiguous()

    def features(self, h: Tensor) -> Tensor:
        """What the last layer weighs: `(batch, length * width)` or `(batch, width)`, exact."""
        h = h.to(torch.promote_types(h.dtype, torch.float32))
        return h.flatten(1) if self.head == "flatten" else h.mean(1)

    def forward(
        self, x: Given, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """Score sequences.

        Args:
            x: probabilities or one-hot rows `(batch, length, vocab)`, symbols `(batch, length)`, or
                both.
            dtype: type that the blocks compute in; that of the first layer's output by default.
            labels: of the sequences, `(batch,)`, where there are any.

        Returns:
            `(batch,)`, at least float32.
        """
        return self.judge(self.embed(x, labels), dtype)

    def judge(self, h: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Score what the first layer wrote, as `forward` does."""
        return self.score(self.blocks(h.to(dtype or h.dtype)))


class Critics(nn.ModuleList):
    """Several critics that judge as one: the mean of their scores.

    A generator that learns from critics which are taught in turn, each from other batches, cannot
    please one by what only that one takes for real (on several critics: Durugkar et al. 2016,
    arXiv 1611.01673).

    Args:
        critics: of one kind; at least one.
    """

    def shape(self) -> dict[str, Any]:
        """How many there are, and what each is built of, as plain data."""
        return {"count": len(self), **cast(Critic, self[0]).shape()}

    def in_turn(self, step: int) -> nn.Module:
        """The one that learns in critic step number `step`."""
        return self[step % len(self)]

    def forward(
        self, x: Given, dtype: torch.dtype | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """Score sequences as each of them does, and take the mean: `(batch,)`."""
        if len(self) == 1:
            alone: Tensor = self[0](x, dtype, *told(labels))
            return alone
        critics = [cast(Critic, critic) for critic in self]
        # One product for all first layers: it reads rows of a whole vocabulary once, and so back.
        firsts = [critic.input for critic in critics]
        weight = torch.cat([first.weight for first in firsts])
        h = embed(x, weight, torch.cat([first.bias for first in firsts]))
        parts = zip(critics, h.chunk(len(critics), -1), strict=True)
        scores = [critic.judge(critic.labelled(part, labels), dtype) for critic, part in parts]
        return torch.stack(scores).mean(0)


def settled(critics: Critics) -> Critics:
    """A copy that learns no more, its weights plain numbers whatever they are computed from."""
    return Critics(_settled(cast(Critic, critic)) for critic in critics)


def _settled(critic: Critic) -> Critic:
    with torch.device("meta"):
        copied = Critic(vocab=critic.vocab, length=critic.length, **critic.shape())
    training = critic.training
    critic.eval()  # while it trains, to look at a normalised weight is to change it
    state = {name: attrgetter(name)(critic).detach().clone() for name in copied.state_dict()}
    critic.train(training)
    copied.load_state_dict(state, assign=True)
    return copied.eval().requires_grad_(False)
