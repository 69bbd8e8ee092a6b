"""A corpus card: what a corpus is, where it comes from and how it is read and cleaned.

A card is a TOML file in `corpora/`, or one of the user's own; its keys are the fields of `Card`,
and `[source]`, `[reading]` and `[cleaning]` are tables of the classes named so.
"""

import re
import tomllib
import types
import typing
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from textgan.errors import InputError, choose
from textgan.text.cleaning import Cleaning
from textgan.text.reading import Reading

T = TypeVar("T")
RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
DIGEST = re.compile(r"[0-9a-f]{64}")
LEVELS = {"character": "char", "byte": "byte", "subword": "bpe", "word": "word"}


@dataclass(frozen=True)
class Installed:
    """Members of a distribution that is installed with textgan, or of Python's standard library.

    `package` is a distribution's name or "python"; a member is a file or, ending in "/", a folder.
    """

    package: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Pypi:
    """Members of a pinned release on the user's package index.

    `archive` is the SHA-256 of the release's file and `members` maps each member's path (below the
    archive's top folder) to its own SHA-256.
    """

    package: str
    version: str
    archive: str
    members: dict[str, str]


@dataclass(frozen=True)
class Hub:
    """A split of a dataset that `datasets` loads: a name on the hub, or a local folder."""

    name: str
    config: str | None = None
    split: str = "train"
    revision: str | None = None


@dataclass(frozen=True)
class Local:
    """The user's own file or folder; ``"-"`` is standard input."""

    path: str


Source = Installed | Pypi | Hub | Local
KINDS: dict[str, type[Source]] = {
    "installed": Installed,
    "pypi": Pypi,
    "hub": Hub,
    "path": Local,
}


@dataclass(frozen=True)
class Card:
    """A corpus, as its card describes it.

    Attributes:
        name: the file's stem, or made from the user's path.
        description: one sentence.
        licence: of the text, as its source states it.
        source: where the text comes from.
        level: a key of `LEVELS`, which gives the tokenizer.
        length: of a sequence, in symbols of the level; None: from the lines themselves.
        too_long: whether a longer line is cut or skipped.
        duplicates: whether exact duplicates are dropped or kept.
        unknown: whether lines with symbols outside the vocabulary are skipped or kept.
        lines: records in the source, where known.
        reading: how records are found.
        cleaning: what becomes of them.
    """

    name: str
    source: Source
    description: str = ""
    licence: str = "as its owner says"
    level: Literal["character", "byte", "subword", "word"] = "character"
    length: int | None = None
    too_long: Literal["cut", "skip"] = "cut"
    duplicates: Literal["drop", "keep"] = "drop"
    unknown: Literal["skip", "keep"] = "skip"
    lines: int | None = None
    reading: Reading = field(default_factory=Reading)
    cleaning: Cleaning = field(default_factory=Cleaning)

    @property
    def tokenizer(self) -> str:
        """The tokenizer that the level stands for."""
        return LEVELS[self.level]


def shipped_folder() -> Path:
    """The folder of the cards: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "corpora"
    return inside if inside.is_dir() else package.parent / "corpora"


def shipped_names() -> list[str]:
    """The names of the cards that textgan brings."""
    return sorted(path.stem for path in shipped_folder().glob("*.toml"))


def shipped_card(name: str) -> Card:
    """The card that textgan brings under `name`.

    Raises:
        InputError: there is none; the message offers the nearest.
    """
    return read_card(shipped_folder() / f"{choose('corpus', name, shipped_names())}.toml")


def is_shipped(card: Card) -> bool:
    """Whether the source of `card` is one that textgan names itself."""
    return card.name in shipped_names() and shipped_card(card.name).source == card.source


def read_card(path: Path) -> Card:
    """The card in the TOML file at `path`; a relative path source is relative to that file.

    Raises:
        InputError: no TOML, an unknown key (the nearest is offered) or a value of the wrong kind.
    """
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, an endless number
        raise InputError(f"{path}: is not a card in TOML ({error})") from None
    card = parse_card(table, path.stem, str(path))
    if isinstance(card.source, Local) and card.source.path != "-":
        local = Local(str(path.parent / card.source.path))
        return replace(card, source=local)
    return card


def parse_card(table: dict[str, Any], name: str, where: str) -> Card:
    """The card that a parsed TOML table says; `where` stands in messages.

    Raises:
        InputError: as `read_card`.
    """
    table = dict(table)
    source = table.pop("source", None)
    if not isinstance(source, dict):
        raise InputError(f"{where}: a card needs a table [source] with a kind: {', '.join(KINDS)}")
    source = dict(source)
    kind = choose(f"kind of source in {where}:", str(source.pop("kind", "")), KINDS)
    if "name" in table:
        raise InputError(f"{where}: a card is named by its file; leave the key 'name' out")
    card = built(
        Card,
        {**table, "name": name, "source": built(KINDS[kind], source, f"{where} [source]")},
        where,
    )
    if card.length is not None and card.length < 1:
        raise InputError(f"{where}: length = {card.length}: a sequence has at least one symbol")
    check_release(card.source, where)
    check_patterns(card.reading, where)
    return card


def check_release(source: Source, where: str) -> None:
    """Raise `InputError` where name, version or a digest is none: they reach pip and file names."""
    if not isinstance(source, Pypi):
        return
    for key, value in (("package", source.package), ("version", source.version)):
        if not RELEASE.fullmatch(value):
            raise InputError(f"{where} [source]: {key} = {value!r:.60}: is no {key} of a release")
    for digest in (source.archive, *source.members.values()):
        if not DIGEST.fullmatch(digest):
            raise InputError(f"{where} [source]: {digest!r:.60} is no SHA-256: 64 digits 0 to f")


def check_patterns(reading: Reading, where: str) -> None:
    """Raise `InputError` where a regular expression is none, or fewer than no lines are skipped."""
    for key, pattern in (("split", reading.split), ("remove", reading.remove)):
        try:
            re.compile(pattern or "")
        except (re.error, OverflowError, RecursionError) as error:
            raise InputError(
                f"{where} [reading]: {key} = {pattern!r:.60}: is no regular expression ({error})"
            ) from None
    if reading.skip < 0:
        raise InputError(f"{where} [reading]: skip = {reading.skip}: give 0 or more lines")


def built(cls: type[T], table: dict[str, Any], where: str) -> T:
    """An instance of the dataclass `cls` from a table of TOML, every key and value checked.

    Args:
        cls: the dataclass.
        table: its values by key.
        where: stands in messages before a key; ``--`` where keys are options of the command line.
    """
    hints = typing.get_type_hints(cls)
    values = {}
    for key, value in table.items():
        choose(f"key in {where}:", key, hints)
        values[key] = checked(value, hints[key], _named(where, key))
    for each in fields(cls):  # type: ignore[arg-type]
        if each.default is MISSING and each.default_factory is MISSING and each.name not in values:
            raise InputError(f"{where}: the key '{each.name}' is missing")
    return cls(**values)


def _named(where: str, key: str) -> str:
    return f"--{key.replace('_', '-')}" if where.startswith("--") else f"{where}: {key}"


def checked(value: Any, hint: Any, where: str) -> Any:
    """`value` as the type `hint` wants it.

    Raises:
        InputError: it is not of that type.
    """
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return choose(f"value of {where}:", str(value), inside)
    if is_dataclass(hint) and isinstance(value, dict):
        return built(typing.cast("type[Any]", hint), value, where)
    if origin in (Union, types.UnionType):
        for each in inside:
            if typing.get_origin(each) is Literal or fits(value, each):
                return checked(value, each, where)
    elif origin is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
        return tuple(value)
    elif origin is dict and isinstance(value, dict):
        if all(isinstance(v, str) for v in value.values()):
            return value
    elif fits(value, hint):
        return value
    wanted = (
        getattr(hint, "__name__", str(hint)) if not inside else str(hint).replace("typing.", "")
    )
    raise InputError(f"{where} = {value!r:.40}: should be {wanted}")


def fits(value: Any, kind: Any) -> bool:
    """Whether `value` is of the plain class `kind`; true and false are no numbers."""
    if not isinstance(kind, type) or (isinstance(value, bool) and kind is not bool):
        return False
    return isinstance(value, kind)
