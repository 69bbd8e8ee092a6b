"""From symbols to text: a line of text a row.

Lines are spelled by the tokenizer on the processor. A GPU packs the text itself, which spares the
processor more than the networks take: it looks up each symbol's bytes, clears what comes after a
line's end, and moves what is left to where it belongs.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from textgan.text.tokenizer import END, FIRST, UNKNOWN, Tokenizer

UNPRINTED = dict.fromkeys(map(ord, "\n\r\0"), "\ufffd")
"""Bytes can spell what would end a line or a text: a line of text is one line."""

MOST = 2**26
"""Bytes that a GPU packs at once: each takes twenty while it does."""


def lines_of(tokenizer: Tokenizer, symbols: Tensor) -> list[str]:
    """The lines of `(batch, length)`, on the processor."""
    lines = tokenizer.decode_batch(symbols.numpy())
    if tokenizer.vocabulary.is_bytes:
        lines = [line.translate(UNPRINTED) for line in lines]
    return lines


def text_of(tokenizer: Tokenizer, symbols: Tensor) -> str:
    """The lines of `(batch, length)`, on the processor, each with a line feed."""
    return "".join(line + "\n" for line in lines_of(tokenizer, symbols))


@dataclass(frozen=True)
class Packing:
    """`text_of`, on the device where the symbols are.

    Args:
        table: the bytes of each symbol and zeros after them, `(vocab, most)`, uint8; no bytes for
            the symbols that are none.
        spaced: whether each brings a space, of which a line's first is cut off.
    """

    table: Tensor
    spaced: bool

    def packed(self, symbols: Tensor) -> tuple[Tensor, Tensor]:
        """The text's bytes and their number; nothing here waits for the device.

        Args:
            symbols: `(batch, length)`.

        Returns:
            uint8, longer than the text, and its length, `(1,)`.
        """
        symbols = symbols.to(self.table.device)
        spelled = self.table[symbols]  # (batch, length, most)
        written = (symbols <= END).cumsum(1) == 0
        if self.spaced:
            known = written & (symbols != UNKNOWN)
            spelled[..., 0].masked_fill_(known & (known.cumsum(1) == 1), 0)
        spelled *= written[..., None]
        feeds = spelled.new_full((len(symbols), 1), ord("\n"))
        loose = torch.cat([spelled.flatten(1), feeds], 1).flatten()
        kept = loose != 0
        place = kept.cumsum(0)
        # All that is not kept meets at place 0.
        close = loose.new_zeros(len(loose) + 1).scatter_(0, place * kept, loose)
        return close[1:], place[-1:]

    @staticmethod
    def text(packed: Tensor, size: Tensor) -> str:
        """What `packed` gave, on the processor by now, as text."""
        return packed[: int(size)].numpy().tobytes().decode("utf-8", "replace")


def packing(tokenizer: Tokenizer, rows: int, length: int, device: torch.device) -> Packing | None:
    """How so many rows are packed at a time; none where the processor should spell them."""
    if device.type == "cpu":
        return None
    pieces = printed_pieces(tokenizer)
    size = rows * length * max(map(len, pieces), default=1)
    if size > MOST or any(0 in piece for piece in pieces):
        return None
    return Packing(table_of(pieces).to(device), tokenizer.name == "word")


def printed_pieces(tokenizer: Tokenizer) -> list[bytes]:
    """What each piece shows as in a line of text, from id FIRST on."""
    pieces = tokenizer.piece_bytes()
    if not tokenizer.vocabulary.is_bytes:
        return pieces
    unprinted = bytes.maketrans(b"\n\r", b"\0\0")
    return [p.translate(unprinted).replace(b"\0", "\ufffd".encode()) for p in pieces]


def table_of(pieces: list[bytes]) -> Tensor:
    """The bytes of every symbol, those that are no piece included; see `Packing`."""
    table = np.zeros((FIRST + len(pieces), max(map(len, pieces), default=1)), np.uint8)
    for row, piece in zip(table[FIRST:], pieces, strict=True):
        row[: len(piece)] = np.frombuffer(piece, np.uint8)
    return torch.from_numpy(table)
