"""tokenizer.json: one file that textgan, plain `tokenizers` and `transformers` read alike.

The file is what `tokenizers` calls a serialized tokenizer, with textgan's own key inside ``model``
(at the top `tokenizers` allows no other keys). There are no added tokens, since those are matched
in the user's text; the three ids outside the alphabet are entries of the model that no text spells.

Reading trusts nothing: the vocabulary is taken out with checks, the file that it would give is
built again, and both must be equal. So no regular expression, normaliser or template of a stranger
is ever run.
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from textgan.errors import InputError, WorldError
from textgan.files import write_bytes
from textgan.text.tokenizer_vocabulary import (
    BYTE_CHARACTERS,
    FIRST,
    MOST_PIECES,
    SPECIAL,
    TOKENIZERS,
    UNKNOWN,
    Vocabulary,
)

if TYPE_CHECKING:
    import tokenizers

FORMAT = 1
MOST_BYTES = 32 * 2**20

# What Python's str.split() takes for white space; the library's own class leaves out U+001C-001F.
_SPACES = (
    r"[\x{9}-\x{D}\x{1C}-\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}"
    r"\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]+"
)
_BYTE_LEVEL = {
    "type": "ByteLevel",
    "add_prefix_space": False,
    "trim_offsets": False,
    "use_regex": False,
}
_GPT2_WORDS = {**_BYTE_LEVEL, "use_regex": True}


def _split(pattern: dict[str, str], behavior: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": False}


_EACH = _split({"Regex": r"[\s\S]"}, "Isolated")
# A space opens a word: the pieces of "a  b" lie in "a", " " and " b".
_WORDS = _split({"String": " "}, "MergedWithNext")
_PRE_TOKENIZERS: dict[str, dict[str, Any]] = {
    "char": _EACH,
    "byte": {"type": "Sequence", "pretokenizers": [_BYTE_LEVEL, _EACH]},
    "word": _split({"Regex": _SPACES}, "Removed"),
    "bpe": _WORDS,
    "byte-bpe": _GPT2_WORDS,
    "unigram": _WORDS,
    "sentencepiece": _WORDS,
    "sentencepiece-bpe": _WORDS,
}


def document(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the content of tokenizer.json for `vocabulary`."""
    name = vocabulary.name
    pieces = [*SPECIAL, *vocabulary.pieces]
    model: dict[str, Any]
    if name in ("char", "byte", "word"):
        model = {"type": "WordLevel", "unk_token": SPECIAL[UNKNOWN], "vocab": _ids(pieces)}
    elif name in ("unigram", "sentencepiece"):
        scores = [0.0] * FIRST + list(vocabulary.scores)
        vocab = [[piece, score] for piece, score in zip(pieces, scores, strict=True)]
        model = {"type": "Unigram", "unk_id": UNKNOWN, "byte_fallback": False, "vocab": vocab}
    else:
        model = {
            "type": "BPE",
            "dropout": None,
            "unk_token": SPECIAL[UNKNOWN],
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": _ids(pieces),
            "merges": [list(pair) for pair in vocabulary.merges],
        }
    model["textgan"] = {"tokenizer": name, "format": FORMAT}
    decoder: dict[str, Any] | None = {"type": "Fuse"}
    if vocabulary.is_bytes:
        decoder = _BYTE_LEVEL
    elif name == "word":
        decoder = None  # the library joins by spaces
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": _PRE_TOKENIZERS[name],
        "post_processor": None,
        "decoder": decoder,
        "model": model,
    }


def _ids(pieces: list[str]) -> dict[str, int]:
    return {piece: index for index, piece in enumerate(pieces)}


def library_tokenizer(vocabulary: Vocabulary) -> "tokenizers.Tokenizer":
    """Return `vocabulary` as a tokenizer of the `tokenizers` library, as it reads our file."""
    import tokenizers

    return tokenizers.Tokenizer.from_str(json.dumps(document(vocabulary)))


def write(vocabulary: Vocabulary, path: Path) -> None:
    """Write tokenizer.json whole or not at all.

    Raises:
        InputError: the file would be larger than `read` takes.
        WorldError: the file cannot be written.
    """
    content = json.dumps(document(vocabulary), ensure_ascii=False, indent=0).encode() + b"\n"
    if len(content) > MOST_BYTES:
        raise InputError(
            f"the vocabulary would take {len(content) / 2**20:.0f} MiB in {path}, above "
            f"{MOST_BYTES // 2**20} MiB; give a smaller vocab_size"
        )
    try:
        write_bytes(path, content)
    except OSError as error:
        raise WorldError(f"cannot write {path}: {error.strerror or error}") from error


def read(path: Path) -> Vocabulary:
    """Read tokenizer.json, trusting nothing in it.

    Raises:
        InputError: the file is missing, too large, or not what `write` writes; one line that names
            the file and what is wrong.
        WorldError: the disk failed.
    """
    try:
        if not path.is_file():
            raise InputError(f"{path}: no such file; a tokenizer is a file tokenizer.json")
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise WorldError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        return _vocabulary(raw)
    except _Fault as fault:
        raise InputError(f"{path} is not a tokenizer of textgan: {fault}") from None


class _Fault(Exception):
    """What is wrong with a file, without its name."""


def _vocabulary(raw: bytes) -> Vocabulary:
    if len(raw) > MOST_BYTES:
        raise _Fault(f"it is larger than {MOST_BYTES // 2**20} MiB")
    content = _parse(raw)
    model = _member(content, "model", dict, "the file")
    own = _member(model, "textgan", dict, "'model'")
    name = _member(own, "tokenizer", str, "'textgan'")
    if name not in TOKENIZERS:
        raise _Fault(f"its kind {name[:40]!r} is none of {', '.join(TOKENIZERS)}")
    if own.get("format") != FORMAT:
        raise _Fault(f"its format {str(own.get('format'))[:40]!r} is not {FORMAT}")
    if name in ("unigram", "sentencepiece"):
        vocabulary = _scored(name, _member(model, "vocab", list, "'model'"))
    else:
        vocabulary = _numbered(name, _member(model, "vocab", dict, "'model'"))
        if name.endswith("bpe"):
            merges = _merges(_member(model, "merges", list, "'model'"), vocabulary.pieces)
            vocabulary = Vocabulary(name, vocabulary.pieces, merges)
    _check_pieces(vocabulary)
    _compare(content, document(vocabulary), "")
    return vocabulary


def _parse(raw: bytes) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise _Fault(f"it holds the number {constant}")

    try:
        content = json.loads(raw.decode("utf-8"), parse_constant=refuse)
    except UnicodeDecodeError as error:
        raise _Fault(f"byte {error.start} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise _Fault(f"broken or cut short at line {error.lineno} ({error.msg})") from None
    except (RecursionError, ValueError):
        raise _Fault("its JSON is nested too deep or holds an endless number") from None
    if not isinstance(content, dict):
        raise _Fault(f"it holds a {type(content).__name__}, not an object")
    return content


def _member(table: dict[str, Any], key: str, kind: type, where: str) -> Any:
    if key not in table:
        raise _Fault(f"{where} has no key '{key}'")
    if not isinstance(table[key], kind):
        raise _Fault(f"'{key}' is a {type(table[key]).__name__}, not a {kind.__name__}")
    return table[key]


def _check_size(count: int) -> None:
    if count > FIRST + MOST_PIECES:
        raise _Fault(f"its vocabulary of {count:,} is above {MOST_PIECES:,}")


def _numbered(name: str, vocab: dict[str, Any]) -> Vocabulary:
    _check_size(len(vocab))
    pieces: list[str | None] = [None] * len(vocab)
    for piece, index in vocab.items():
        if type(index) is not int or not 0 <= index < len(pieces):
            raise _Fault(f"{_short(piece)} has id {_short(index)}, outside 0 to {len(pieces) - 1}")
        if pieces[index] is not None:
            raise _Fault(f"{_short(pieces[index])} and {_short(piece)} have one id, {index}")
        pieces[index] = piece
    return Vocabulary(name, tuple(str(piece) for piece in pieces[FIRST:]))


def _scored(name: str, vocab: list[Any]) -> Vocabulary:
    _check_size(len(vocab))
    for index, entry in enumerate(vocab):
        if (
            not isinstance(entry, list)
            or len(entry) != 2
            or not isinstance(entry[0], str)
            or type(entry[1]) is not float
            or not math.isfinite(entry[1])
        ):
            raise _Fault(f"entry {index} of 'vocab' is {_short(entry)}, not [piece, score]")
    pieces = tuple(piece for piece, _ in vocab[FIRST:])
    if len(set(pieces)) < len(pieces):
        twice = next(piece for index, piece in enumerate(pieces) if piece in pieces[:index])
        raise _Fault(f"{_short(twice)} stands twice in 'vocab'")
    return Vocabulary(name, pieces, scores=tuple(score for _, score in vocab[FIRST:]))


def _merges(merges: list[Any], pieces: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    known = set(pieces)
    for index, pair in enumerate(merges):
        if (
            not isinstance(pair, list)
            or len(pair) != 2
            or not all(isinstance(part, str) and part in known for part in pair)
            or "".join(pair) not in known
        ):
            raise _Fault(f"merge {index} is {_short(pair)}, not two pieces that make a third")
    return tuple((left, right) for left, right in merges)


def _check_pieces(vocabulary: Vocabulary) -> None:
    """Hold every piece to its kind, so that none spells a special one or breaks a codec."""
    name = vocabulary.name
    if name == "byte" and "".join(vocabulary.pieces) != BYTE_CHARACTERS:
        raise _Fault("its alphabet is not the 256 bytes in order")
    bytes_alone = set(BYTE_CHARACTERS)
    for piece in vocabulary.pieces:
        right = bool(piece) and not any("\ud800" <= character <= "\udfff" for character in piece)
        if vocabulary.is_bytes:
            right &= bytes_alone.issuperset(piece)
        elif name == "char":
            right &= len(piece) == 1
        elif name == "word":
            right &= piece.split() == [piece]
        else:
            right &= " " not in piece[1:]
        if not right:
            raise _Fault(f"{_short(piece)} is no piece of kind '{name}'")


def _compare(found: Any, expected: Any, where: str) -> None:
    """Raise where `found` is not `expected`; `where` is the path of keys to it."""
    if isinstance(found, dict) and isinstance(expected, dict) and found != expected:
        for key in [*expected, *found]:
            if key not in found or key not in expected:
                verb = "lacks" if key not in found else "has an unknown"
                raise _Fault(f"it {verb} key {_short(where + key)}")
            _compare(found[key], expected[key], f"{where}{key}.")
    elif found != expected:
        raise _Fault(f"{_short(where[:-1])} is not what the kind of tokenizer asks for")


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else text[:57] + "…"
