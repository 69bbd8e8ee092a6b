"""Eight ways to write text as integers, behind one face.

``char`` and ``byte`` know every symbol of the text; ``word`` is what white space separates; the
others learn pieces of words: ``bpe``, ``byte-bpe`` and ``unigram`` with `tokenizers`,
``sentencepiece`` (Unigram) and ``sentencepiece-bpe`` with `sentencepiece`. Whichever learned them,
subwords are encoded by `tokenizers`, so tokenizer.json gives the same ids there as here.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textgan.errors import choose
from textgan.text import tokenizer_codec, tokenizer_file, tokenizer_learn
from textgan.text.tokenizer_symbols import surrogate_error
from textgan.text.tokenizer_vocabulary import (
    END,
    FIRST,
    PAD,
    SPECIAL,
    TOKENIZERS,
    UNKNOWN,
    Vocabulary,
    piece_bytes,
    printable,
)

__all__ = ["END", "FIRST", "PAD", "TOKENIZERS", "UNKNOWN", "Tokenizer"]

_CHUNK = 16_384  # lines worked on at once: their arrays stay in the cache


class Tokenizer:
    """Lines to ids and back; nothing about it changes once it stands.

    Attributes:
        vocabulary: the pieces and what joins them: all that the file holds.
        name: one of `TOKENIZERS`.
        vocab_size: the number of ids, with PAD, END and UNKNOWN.
        level: what its text is scored by: ``"char"`` for characters and bytes, else ``"word"``.
        symbols: for reports, a printable symbol of every id.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.name = vocabulary.name
        self.vocab_size = vocabulary.size()
        spelled = map(piece_bytes, vocabulary.pieces) if vocabulary.is_bytes else vocabulary.pieces
        self.level = "char" if self.name in ("char", "byte") else "word"
        self.symbols = [*SPECIAL, *map(printable, spelled)]
        self._encode = tokenizer_codec.encoder(vocabulary)
        self._pieces = tokenizer_codec.Pieces(vocabulary)

    def __reduce__(self) -> tuple[type["Tokenizer"], tuple[Vocabulary]]:
        # What encodes cannot be pickled; it is made anew of the vocabulary.
        return type(self), (self.vocabulary,)

    @classmethod
    def train(
        cls,
        name: str,
        lines: Iterable[str],
        *,
        vocab_size: int | None = None,
        max_vocab: int = 65_536,
    ) -> "Tokenizer":
        """Learn a vocabulary from `lines`, which are read once.

        Args:
            name: one of `TOKENIZERS`.
            lines: cleaned lines.
            vocab_size: the number of ids to aim at, the three outside the alphabet included. The
                data may give fewer. Where None: ``char`` keeps every character up to `max_vocab`,
                ``word`` 8,000 and the subwords 2,000. ``byte`` always has 259.
            max_vocab: the most ids allowed. Characters and words beyond the most frequent ones
                become UNKNOWN.

        Raises:
            InputError: an unknown name, a size that cannot be, no symbol in the lines, or a line
                with a lone surrogate.
        """
        choose("tokenizer", name, TOKENIZERS)
        return cls(tokenizer_learn.learn(name, lines, vocab_size, max_vocab))

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read tokenizer.json; no code in it is run, and nothing in it is trusted.

        Raises:
            InputError: the file is missing or not one that `save` wrote.
            WorldError: the disk failed.
        """
        return cls(tokenizer_file.read(Path(path)))

    def save(self, path: Path) -> None:
        """Write tokenizer.json, whole or not at all.

        Raises:
            WorldError: the file cannot be written.
        """
        tokenizer_file.write(self.vocabulary, Path(path))

    def encode_batch(self, lines: Sequence[str], length: int) -> NDArray[np.int32]:
        """Return ids of shape (batch, length): symbols, then END if there is room, then PAD.

        A line of exactly `length` symbols has no END; a longer one is cut.

        Raises:
            InputError: a line holds a lone surrogate.
        """
        ids = np.empty((len(lines), length), np.int32)
        for start in range(0, len(lines), _CHUNK):
            flat, counts = self._flat(lines[start : start + _CHUNK])
            ids[start : start + _CHUNK] = tokenizer_codec.scatter(flat, counts, length)
        return ids

    def token_ids(self, lines: Sequence[str]) -> list[NDArray[np.int32]]:
        """Return the ids of each line, uncut, without END and PAD.

        Raises:
            InputError: a line holds a lone surrogate.
        """
        ids: list[NDArray[np.int32]] = []
        for start in range(0, len(lines), _CHUNK):
            flat, counts = self._flat(lines[start : start + _CHUNK])
            ids += np.split(flat, counts.cumsum())[:-1]
        return ids

    def lengths(self, lines: Sequence[str]) -> NDArray[np.int64]:
        """Return the number of symbols of each line, uncut, without END.

        Raises:
            InputError: a line holds a lone surrogate.
        """
        counts = np.empty(len(lines), np.int64)
        for start in range(0, len(lines), _CHUNK):
            counts[start : start + _CHUNK] = self._flat(lines[start : start + _CHUNK])[1]
        return counts

    def decode_batch(self, ids: NDArray[np.integer]) -> list[str]:
        """Return the line of each row of `ids`, up to its first END or PAD.

        UNKNOWN is dropped. With the byte kinds, bytes that are no UTF-8 show as U+FFFD.

        Args:
            ids: (batch, length), of any integer type.

        Raises:
            IndexError: an id is outside the vocabulary.
        """
        lines: list[str] = []
        for start in range(0, len(ids), _CHUNK):
            flat, counts = tokenizer_codec.gather(np.asarray(ids[start : start + _CHUNK]))
            lines += self._pieces.spell(flat, counts)
        return lines

    def piece_bytes(self) -> list[bytes]:
        """Return what each piece spells, from id FIRST on, in bytes, of characters in UTF-8.

        A word brings the space before it, of which a line's first is cut off.
        """
        return self._pieces.encoded()

    def _flat(self, lines: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        try:
            return self._encode(lines)
        except UnicodeEncodeError:
            raise surrogate_error(lines) from None
