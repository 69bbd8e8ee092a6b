"""The textbook WGAN-GP language model: the honest baseline, written plainly.

What the original and its ports do, made correct: `nn.Conv1d` in float32, eager; a critic step has
three backward calls (real, fake, penalty), the penalty by double backward with one norm a sample;
real text as one-hot rows; a fresh generated batch for every update.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """`x + 0.3 * conv(relu(conv(relu(x))))` on `(batch, width, length)`."""

    def __init__(self, width: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.body = nn.Sequential(
            nn.ReLU(), nn.Conv1d(width, width, 5, padding=2),
            nn.ReLU(), nn.Conv1d(width, width, 5, padding=2),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return x + self.scale * self.body(x)


class Generator(nn.Module):
    """`(batch, latent)` to probabilities `(batch, length, vocab)`."""

    def __init__(self, vocab: int, length: int, width: int, blocks: int, scale: float) -> None:
        super().__init__()
        self.width, self.length = width, length
        self.first = nn.Linear(128, width * length)
        self.blocks = nn.Sequential(*(Block(width, scale) for _ in range(blocks)))
        self.last = nn.Conv1d(width, vocab, 1)

    def forward(self, z: Tensor) -> Tensor:
        """Probabilities."""
        h = self.blocks(self.first(z).view(-1, self.width, self.length))
        return torch.softmax(self.last(h).transpose(1, 2), -1)


class Critic(nn.Module):
    """Probabilities `(batch, length, vocab)` to scores `(batch,)`."""

    def __init__(self, vocab: int, length: int, width: int, blocks: int, scale: float) -> None:
        super().__init__()
        self.first = nn.Conv1d(vocab, width, 1)
        self.blocks = nn.Sequential(*(Block(width, scale) for _ in range(blocks)))
        self.last = nn.Linear(width * length, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scores."""
        return self.last(self.blocks(self.first(x.transpose(1, 2))).flatten(1)).squeeze(-1)


class Textbook:
    """Networks, optimisers and one generator update."""

    def __init__(
        self, vocab: int, length: int, width: int, blocks: int, scale: float, device: str
    ) -> None:
        self.vocab, self.device = vocab, device
        shape = (vocab, length, width, blocks, scale)
        self.generator, self.critic = Generator(*shape).to(device), Critic(*shape).to(device)
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), 1e-4, (0.5, 0.9))
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), 1e-4, (0.5, 0.9))

    def update(self, real: Tensor, critic_steps: int) -> None:
        """`critic_steps` critic steps on `real` `(batch, length)`, one generator step."""
        batch = len(real)
        for parameter in self.critic.parameters():
            parameter.requires_grad_(True)
        for _ in range(critic_steps):
            one_hot = functional.one_hot(real, self.vocab).float()
            self.critic.zero_grad()
            (-self.critic(one_hot).mean()).backward()
            with torch.no_grad():
                fake = self.generator(torch.randn(batch, 128, device=self.device))
            self.critic(fake).mean().backward()
            mix = torch.rand(batch, 1, 1, device=self.device)
            mixed = (mix * one_hot + (1 - mix) * fake).requires_grad_()
            (gradient,) = torch.autograd.grad(
                self.critic(mixed).sum(), mixed, create_graph=True, retain_graph=True
            )
            slope = (gradient.flatten(1).square().sum(1) + 1e-12).sqrt()
            (10 * ((slope - 1) ** 2).mean()).backward()
            self.critic_adam.step()
        for parameter in self.critic.parameters():
            parameter.requires_grad_(False)
        self.generator.zero_grad()
        fake = self.generator(torch.randn(batch, 128, device=self.device))
        (-self.critic(fake).mean()).backward()
        self.generator_adam.step()
