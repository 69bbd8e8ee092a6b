"""What a one-pass GAN is held against: a character LSTM and the textbook WGAN-GP, trained.

Both learn the symbols of a textgan corpus, `(lines, length)` with padding at the end, for a fixed
time, and then write lines. Written plainly; the LSTM is what one would take first for this task.
"""

import time
from collections.abc import Callable

import numpy as np
import torch
from textbook import Textbook
from torch import Tensor, nn
from torch.nn import functional

from textgan.networks.generator import most_probable
from textgan.text.tokenizer import Tokenizer

Write = Callable[[int, int], list[str]]
"""How many lines, and a seed, to as many lines."""


class Lstm(nn.Module):
    """Symbols before a position to the logits of the symbol there; padding starts a line."""

    def __init__(self, vocab: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab, hidden)
        self.recurrent = nn.LSTM(hidden, hidden, batch_first=True)
        self.output = nn.Linear(hidden, vocab)

    def forward(
        self, before: Tensor, state: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """`(batch, positions)` to `(batch, positions, vocab)` and the state after them."""
        h, state = self.recurrent(self.embedding(before), state)
        return self.output(h), state


def held_out_loss(model: Lstm, lines: Tensor) -> float:
    """Nats a position."""
    with torch.inference_mode():
        logits, _ = model(functional.pad(lines[:, :-1], (1, 0)))
        return float(functional.cross_entropy(logits.flatten(0, 1), lines.flatten()))


def train_lstm(
    train: Tensor, held: Tensor, vocab: int, minutes: float, hidden: int, seed: int
) -> tuple[Lstm, int]:
    """Cross-entropy, Adam at 2e-3, batches of 64; the weights of the best held-out loss stand.

    A look at the held-out lines every 200 steps counts as training time.

    Args:
        train: symbols, `(lines, length)`, padding 0.
        held: likewise, to choose the weights by.
        vocab: number of symbols.
        minutes: of training.
        hidden: size of embedding and state.
        seed: of weights and order.

    Returns:
        The model, and the step of its weights.
    """
    torch.manual_seed(seed)
    model = Lstm(vocab, hidden)
    adam = torch.optim.Adam(model.parameters(), 2e-3)
    best, kept, kept_at, step = float("inf"), model.state_dict(), 0, 0
    began = time.monotonic()
    while time.monotonic() - began < 60 * minutes:
        lines = train[torch.randint(len(train), (64,))]
        logits, _ = model(functional.pad(lines[:, :-1], (1, 0)))
        loss = functional.cross_entropy(logits.flatten(0, 1), lines.flatten())
        adam.zero_grad()
        loss.backward()
        adam.step()
        step += 1
        if step % 200 == 0 and (found := held_out_loss(model, held)) < best:
            best, kept_at = found, step
            kept = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    return model, kept_at


def lstm_writer(model: Lstm, tokenizer: Tokenizer, length: int, temperature: float) -> Write:
    """Draw symbol after symbol from the softmax of logits over the temperature."""

    def draw(batch: int) -> Tensor:
        state, symbols = None, torch.zeros(batch, 1, dtype=torch.long)
        written = []
        for _ in range(length):
            logits, state = model(symbols, state)
            # The Gumbel-max trick: a draw from the softmax for the price of an argmax.
            noise = -torch.empty_like(logits).exponential_().log()
            symbols = most_probable(logits / temperature + noise)
            written.append(symbols)
        return torch.cat(written, 1)

    return writer(draw, tokenizer)


def train_textbook(
    train: Tensor, vocab: int, minutes: float, width: int, seed: int
) -> tuple[Textbook, int]:
    """The paper's settings but for the width: five blocks, five critic steps, Adam at 1e-4."""
    torch.manual_seed(seed)
    model = Textbook(vocab, train.shape[1], width, 5, 0.3, "cpu")
    began, step = time.monotonic(), 0
    while time.monotonic() - began < 60 * minutes:
        model.update(train[torch.randint(len(train), (64,))], 5)
        step += 1
    return model, step


def textbook_writer(model: Textbook, tokenizer: Tokenizer) -> Write:
    """The most probable symbol at every position, as the original decodes."""
    return writer(lambda batch: most_probable(model.generator(torch.randn(batch, 128))), tokenizer)


def writer(draw: Callable[[int], Tensor], tokenizer: Tokenizer) -> Write:
    """Decode batches of 1,024 until there are enough; `draw` gives symbols `(batch, length)`."""

    @torch.inference_mode()
    def write(n: int, seed: int) -> list[str]:
        torch.manual_seed(seed)
        lines: list[str] = []
        while len(lines) < n:
            lines += tokenizer.decode_batch(draw(1024).numpy())
        return lines[:n]

    return write


def as_symbols(encoded: "np.ndarray[tuple[int, int], np.dtype[np.int32]]") -> Tensor:
    """Encoded lines as torch indexes with."""
    return torch.from_numpy(encoded.astype(np.int64))
