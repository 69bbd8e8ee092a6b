"""Pieces of words, learned by `tokenizers` or `sentencepiece` and put into one form.

The libraries learn; what they learned is taken over as a `Vocabulary` in which a space is a space
(SentencePiece writes U+2581) and every character of the data is a piece. What the data alone does
not settle is settled here: scores are rounded and ties are broken by the piece, lines are sorted
for SentencePiece, which also works on one thread. One rest stays: `tokenizers` adds up the
expectations of its Unigram trainer in an order that differs from process to process. Two pieces
whose usefulness ties to the last bit could still be pruned one way or the other, so the saved file
is the truth, and a resumed run never learns its vocabulary again.
"""

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from textgan.errors import InputError
from textgan.text.reading import chunked
from textgan.text.tokenizer_file import library_tokenizer
from textgan.text.tokenizer_symbols import SymbolCounts
from textgan.text.tokenizer_vocabulary import BYTE_CHARACTERS, FIRST, Vocabulary

_PORTION = 4_096  # characters; the trainers fail on, or take forever over, endless words
_DIGITS = 6  # of a score; what follows is the noise of summation

# SentencePiece takes these for itself, or strips them: they are learned under another name.
_RESERVED = [*map(chr, range(0x20)), "\u2581", "\u2585"]
_PRIVATE_USE = 0x100000


def learn_subwords(name: str, lines: Iterable[str], limit: int) -> Vocabulary:
    """Return the vocabulary of a subword kind, of at most `limit` ids.

    Raises:
        InputError: the alphabet does not fit into `limit`, there is no symbol in `lines`, or a line
            holds a lone surrogate.
    """
    if name == "byte-bpe" and limit < FIRST + len(BYTE_CHARACTERS):
        raise InputError(
            f"vocab_size {limit} is too small for tokenizer 'byte-bpe'; give at least "
            f"{FIRST + len(BYTE_CHARACTERS)}, for the 256 bytes and three more"
        )
    room = limit - FIRST
    portions = _portions(name, lines, limit)
    if name == "unigram":
        return _unigram(portions, room)
    if name in ("bpe", "byte-bpe"):
        return _bpe(name, portions, room)
    model, names = sentencepiece_model(name, portions, room)
    return _from_sentencepiece(name, model, names)


def _portions(name: str, lines: Iterable[str], limit: int) -> Iterator[str]:
    """Pass lines on in portions, and see at their end that the alphabet fits into `limit`.

    The error comes out of the library that reads the lines, before its training begins.
    """
    seen = SymbolCounts()
    for chunk in chunked(lines):
        seen.add(chunk)
        for line in chunk:
            if len(line) <= _PORTION:
                yield line
            else:
                yield from (line[at : at + _PORTION] for at in range(0, len(line), _PORTION))
    alphabet = len(seen.frequent())
    if name != "byte-bpe" and limit < FIRST + alphabet:
        raise InputError(
            f"vocab_size {limit} is too small for tokenizer '{name}': the lines hold {alphabet} "
            f"characters; give at least {FIRST + alphabet}, or take tokenizer 'byte-bpe'"
        )


def _train(name: str, model: Any, trainer: Any, portions: Iterator[str]) -> dict[str, Any]:
    """Return what a trainer of `tokenizers` made of `model`, as its JSON has it."""
    library = library_tokenizer(Vocabulary(name, ()))  # splits words as the final one will
    library.model = model
    library.train_from_iterator(portions, trainer)
    learned: dict[str, Any] = json.loads(library.to_str())["model"]
    return learned


def _bpe(name: str, portions: Iterator[str], room: int) -> Vocabulary:
    from tokenizers import models, trainers

    trainer = trainers.BpeTrainer(
        vocab_size=room,
        min_frequency=2,
        initial_alphabet=list(BYTE_CHARACTERS) if name == "byte-bpe" else [],
        show_progress=False,
    )
    learned = _train(name, models.BPE(), trainer, portions)
    pieces = tuple(sorted(learned["vocab"], key=learned["vocab"].__getitem__))
    return Vocabulary(
        name, pieces, merges=tuple((left, right) for left, right in learned["merges"])
    )


def _unigram(portions: Iterator[str], room: int) -> Vocabulary:
    from tokenizers import models, trainers

    # One more than there is room for: the trainer counts an unknown piece that it does not return,
    # and never ends where the alphabet leaves no place for it.
    trainer = trainers.UnigramTrainer(vocab_size=room + 1, show_progress=False)
    vocabulary = _train("unigram", models.Unigram(), trainer, portions)["vocab"]
    # A single piece that repeats itself has no number for a score: its probability is 1.
    scores = {piece: score or 0.0 for piece, score in vocabulary}
    # Characters that were pruned come back with the lowest score plus 0.0001, 0.0002 … in the order
    # of a hash table. They all get the lowest score.
    characters = sum(len(piece) == 1 for piece in scores)
    lowest = min(scores.values())
    settled = {
        piece: round(lowest if score <= lowest + 1e-4 * (characters + 1) else score, _DIGITS)
        for piece, score in scores.items()
    }
    order = sorted(settled, key=lambda piece: (len(piece) > 1, -settled[piece], piece))[:room]
    order.sort(key=lambda piece: (-settled[piece], piece))
    return Vocabulary("unigram", tuple(order), scores=tuple(settled[piece] for piece in order))


def sentencepiece_model(name: str, lines: Iterable[str], room: int) -> tuple[bytes, dict[str, str]]:
    """Train SentencePiece with the identity normaliser.

    Args:
        name: ``sentencepiece`` (Unigram) or ``sentencepiece-bpe``.
        lines: sorted here and held in memory.
        room: the most pieces that it may learn.

    Returns:
        the model as `sentencepiece` writes it, and the name under which it learned each character
        that it reserves for itself.
    """
    import sentencepiece

    ordered = sorted(lines)
    seen = set().union(*ordered)
    free = (chr(point) for point in range(_PRIVATE_USE, 0x110000) if chr(point) not in seen)
    names = {character: next(free) for character in _RESERVED if character in seen}
    table = str.maketrans(names)

    def learned(lines: list[str]) -> bytes:
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(line.translate(table) for line in lines),
            model_writer=model,
            model_type="bpe" if name == "sentencepiece-bpe" else "unigram",
            vocab_size=room + 1,  # its unknown piece counts
            hard_vocab_limit=False,
            character_coverage=1.0,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            max_sentence_length=8 * _PORTION,
            unk_id=0,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            num_threads=1,
            minloglevel=2,
        )
        return model.getvalue()

    try:
        return learned(ordered), names
    except RuntimeError as error:
        # Lines that only repeat one character hold no piece for it: then the characters are.
        if "no pieces" not in str(error):
            raise
        return learned([*ordered, *sorted(seen)]), names


def _from_sentencepiece(name: str, model: bytes, names: dict[str, str]) -> Vocabulary:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    table = str.maketrans({"\u2581": " ", **{other: own for own, other in names.items()}})
    indices = range(1, processor.vocab_size())  # 0 is its unknown piece
    pieces = tuple(processor.id_to_piece(index).translate(table) for index in indices)
    if name == "sentencepiece-bpe":
        return Vocabulary(name, pieces, merges=tuple(_merges(pieces)))
    scores = tuple(round(processor.get_score(index), _DIGITS) for index in indices)
    return Vocabulary(name, pieces, scores=scores)


def _merges(pieces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Give the pairs that make each piece; SentencePiece's BPE joins into the first piece first."""
    rank = {piece: index for index, piece in enumerate(pieces)}
    for piece in pieces:
        pairs = [(piece[:at], piece[at:]) for at in range(1, len(piece))]
        known = [pair for pair in pairs if pair[0] in rank and pair[1] in rank]
        yield from sorted(known, key=lambda pair: (rank[pair[0]], rank[pair[1]]))
