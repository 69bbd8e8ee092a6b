"""A vocabulary from lines: it depends on the data alone, not on order, hash seed or threads."""

from collections import Counter
from collections.abc import Iterable

from textgan.errors import InputError
from textgan.text.reading import chunked
from textgan.text.tokenizer_subword import learn_subwords
from textgan.text.tokenizer_symbols import SymbolCounts
from textgan.text.tokenizer_vocabulary import BYTE_CHARACTERS, FIRST, MOST_PIECES, Vocabulary

WORD_SIZE = 8_000
SUBWORD_SIZE = 2_000
LONGEST_WORD = 1_000
"""Characters; what is longer is no word, and is UNKNOWN."""


def learn(name: str, lines: Iterable[str], vocab_size: int | None, max_vocab: int) -> Vocabulary:
    """Return the vocabulary of kind `name` that `lines` give.

    Raises:
        InputError: a size that cannot be, no symbol in the lines, or a lone surrogate.
    """
    limit = _limit(name, vocab_size, max_vocab)
    if name == "byte":
        return Vocabulary(name, tuple(BYTE_CHARACTERS))
    if name == "char":
        return _characters(lines, limit)
    if name == "word":
        return _words(lines, limit)
    return learn_subwords(name, lines, limit)


def _limit(name: str, vocab_size: int | None, max_vocab: int) -> int:
    """Return how many ids there may be, from the two options that bound them."""
    for option, value in (("vocab_size", vocab_size), ("max_vocab", max_vocab)):
        if value is not None and value <= FIRST:
            raise InputError(
                f"{option} is {value}, but three ids stand outside the alphabet; give at least 4"
            )
    if max_vocab > FIRST + MOST_PIECES:
        raise InputError(f"max_vocab {max_vocab} is too large; give at most {FIRST + MOST_PIECES}")
    least = FIRST + 256
    if name == "byte" and (max_vocab < least or vocab_size not in (None, least)):
        raise InputError(
            f"tokenizer 'byte' always has {least} ids; leave vocab_size out and max_vocab at "
            f"{least} or more"
        )
    if vocab_size is not None and vocab_size > max_vocab:
        raise InputError(f"vocab_size {vocab_size} is above max_vocab {max_vocab}; raise max_vocab")
    if vocab_size is not None:
        return vocab_size
    default = {"char": max_vocab, "byte": max_vocab, "word": WORD_SIZE}.get(name, SUBWORD_SIZE)
    return min(default, max_vocab)


def _characters(lines: Iterable[str], limit: int) -> Vocabulary:
    counts = SymbolCounts()
    for chunk in chunked(lines):
        counts.add(chunk)
    return Vocabulary("char", tuple(counts.frequent()[: limit - FIRST]))


def _words(lines: Iterable[str], limit: int) -> Vocabulary:
    symbols = SymbolCounts()
    counts: Counter[str] = Counter()
    for chunk in chunked(lines):
        symbols.add(chunk)  # sees that each line is text
        for line in chunk:
            counts.update(word for word in line.split() if len(word) <= LONGEST_WORD)
    if not counts:
        raise InputError("no vocabulary can be learned: the lines hold no word")
    order = sorted(counts, key=lambda word: (-counts[word], word))
    return Vocabulary("word", tuple(order[: limit - FIRST]))
