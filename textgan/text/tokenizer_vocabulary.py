"""What a tokenizer knows: its name, its pieces in the order of their ids, and how they are joined.

A `Vocabulary` is the whole truth about a tokenizer: encoder, decoder and file are built from it.
The three ids below stand outside the alphabet; nothing that a user writes is ever read as one.
"""

from dataclasses import dataclass

PAD, END, UNKNOWN = 0, 1, 2
FIRST = 3
"""Id of the first piece of the alphabet."""

MOST_PIECES = 1_000_000
"""More than any alphabet or text needs; a file that claims more is refused."""

TOKENIZERS = (
    "char",
    "byte",
    "word",
    "bpe",
    "byte-bpe",
    "unigram",
    "sentencepiece",
    "sentencepiece-bpe",
)

# The names of PAD, END and UNKNOWN in tokenizer.json. The space inside is what makes them safe: no
# piece of any tokenizer holds a space after its first character, so no text can spell them.
SPECIAL = ("< pad >", "< end >", "< unknown >")


def _byte_characters() -> str:
    """Return the 256 characters that stand for bytes in byte-level vocabularies (GPT-2's table).

    A byte that prints in Latin-1 stands for itself; the others take the code points from 256 on.
    """
    prints = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = [byte for byte in range(256) if byte not in prints]
    return "".join(
        chr(byte) if byte in prints else chr(256 + hidden.index(byte)) for byte in range(256)
    )


BYTE_CHARACTERS = _byte_characters()
_BYTE_OF = {character: byte for byte, character in enumerate(BYTE_CHARACTERS)}


@dataclass(frozen=True)
class Vocabulary:
    """The pieces of a tokenizer and what joins them.

    Attributes:
        name: one of `TOKENIZERS`.
        pieces: piece `i` has id `FIRST + i`; for ``byte`` and ``byte-bpe`` a piece is written with
            `BYTE_CHARACTERS`, one for each byte.
        merges: for the BPE kinds, the pairs to join, most urgent first.
        scores: for the Unigram kinds, the log-probability of each piece.
    """

    name: str
    pieces: tuple[str, ...]
    merges: tuple[tuple[str, str], ...] = ()
    scores: tuple[float, ...] = ()

    @property
    def is_bytes(self) -> bool:
        """Whether pieces stand for bytes rather than for characters."""
        return self.name in ("byte", "byte-bpe")

    def size(self) -> int:
        """Return the number of ids, the three outside the alphabet included."""
        return FIRST + len(self.pieces)


def piece_bytes(piece: str) -> bytes:
    """Return the bytes that a piece of a byte-level vocabulary stands for.

    Raises:
        KeyError: a character of `piece` stands for no byte.
    """
    return bytes(_BYTE_OF[character] for character in piece)


def printable(text: str | bytes) -> str:
    r"""Return `text` for a report, with what does not print or is not UTF-8 as ``\x80``."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
