"""Files and folders that are whole or absent: written aside, flushed, renamed.

What is not whole yet is called `.NAME.XXXXXXXX.part` and stands beside NAME. A process that is
killed leaves it there; `sweep` takes it away.
"""

import errno
import io
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

from textgan.errors import InputError

ASIDE = re.compile(r"\.(.+)\.[0-9a-f]{8}\.part", re.DOTALL)
PATIENCE = 2.0  # seconds
DAY = 86_400.0  # seconds; whoever writes a file touches it more often than that

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a write for which there is no room."""


def write_text(path: Path, text: str) -> None:
    """Replace `path` by a file of that text; a reader or a crash sees the old or the new."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by a file of those bytes; a reader or a crash sees the old or the new."""
    with _aside(path) as file:
        file.write(data)


@contextmanager
def new_file(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text file to fill, which replaces `path` once it is whole."""
    with _aside(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n", write_through=False)
        yield text
        text.flush()
        text.detach()


@contextmanager
def _aside(path: Path) -> Iterator[BinaryIO]:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file")
    if path.exists() and not path.is_file():
        # A device or a pipe (/dev/stdout, /dev/null) is written to, not replaced.
        with path.open("wb") as file:
            yield file
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent, path.name, DAY)
    aside = name_aside(path)
    try:
        with aside.open("xb") as file:
            with suppress(OSError):
                # Whoever the old file was kept from stays kept from the new one.
                if stat.S_ISREG(before := path.lstat().st_mode):
                    aside.chmod(stat.S_IMODE(before))
            yield file
            file.flush()
            os.fsync(file.fileno())
        _rename(aside, path)
    except BaseException as error:
        _name(error, path)
        with suppress(OSError):  # what went wrong is told, not that there is nothing to tidy up
            aside.unlink()
        raise
    flush_folder(path.parent)


def _name(error: BaseException, path: Path) -> None:
    # Of a write the system says no more than that a disk is full: which one must be told.
    if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
        error.filename = str(path)


@contextmanager
def new_folder(path: Path, keep: bool = False) -> Iterator[Path]:
    """A folder to fill, which stands at `path` once it is full; one that stood there goes.

    Args:
        path: of the folder.
        keep: one that stands there by then stays, and this one goes: another was quicker.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent, path.name, DAY)
    aside = name_aside(path)
    try:
        aside.mkdir()
        yield aside
        for file in aside.iterdir():
            flush_file(file)
        flush_folder(aside)
        former = _moved_aside(path) if path.exists() and not keep else None
        try:
            _rename(aside, path)
        except OSError:
            if not (keep and path.is_dir()):
                raise
            shutil.rmtree(aside, ignore_errors=True)
        if former is not None:  # only now: it takes time, for which nothing would stand there
            _delete(former)
    except BaseException as error:
        _name(error, path)
        shutil.rmtree(aside, ignore_errors=True)
        raise
    flush_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder; a reader or a crash sees all of it or nothing."""
    _delete(_moved_aside(path))


def _moved_aside(path: Path) -> Path:
    aside = name_aside(path)
    _rename(path, aside)
    return aside


def _delete(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()  # and what it leads to stays
    else:
        shutil.rmtree(folder, ignore_errors=True)


def name_aside(path: Path) -> Path:
    """What is to become `path` is called until it is whole; another name each time."""
    # Known before it stands there, so that no signal comes between the two.
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def _rename(old: Path, new: Path) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            os.replace(old, new)
            return
        except OSError as error:
            # Windows: a scanner, an indexer or a reader has it open, for a moment.
            if getattr(error, "winerror", None) not in (5, 32) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def refuse_detours(folder: Path, names: Iterable[str]) -> None:
    """Keep a folder that may be a stranger's from leading elsewhere, or nowhere.

    Args:
        folder: that the names stand in.
        names: of files and folders in it; those in the latter are looked at too.

    Raises:
        InputError: one is a link out of the folder, or neither a file nor a folder: a pipe, say,
            would be waited for for ever.
    """
    home = folder.resolve()
    for name in names:
        top = folder / name
        # Walked, which passes over what a trainer takes away meanwhile.
        inside = (Path(at, each) for at, some, more in os.walk(top) for each in (*some, *more))
        for path in chain((top,), inside):
            if not path.resolve().is_relative_to(home):
                raise InputError(f"{path} is a link out of the folder {folder}; put a copy there")
            try:
                mode = path.stat().st_mode
            except OSError:
                continue  # it is gone, or leads to nothing
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise InputError(f"{path} is neither a file nor a folder; take it away")


def sweep(folder: Path, name: str | None = None, age: float = 0.0) -> None:
    """Take away what killed processes left half-written in `folder`.

    Args:
        folder: where to look.
        name: only what was to become this file or folder.
        age: only what was not touched for so many seconds: another process may be at work there.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        aside = ASIDE.fullmatch(path.name)
        if aside is None or name not in (None, aside[1]):
            continue
        with suppress(OSError):  # another process may be sweeping too
            if time.time() - path.lstat().st_mtime >= age or not age:
                plain = path.is_dir() and not path.is_symlink()
                shutil.rmtree(path) if plain else path.unlink()


def flush_file(path: Path) -> None:
    """Hand a file's bytes over to the disk."""
    with path.open("r+b") as file:  # Windows flushes only what may be written to
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Hand the names in a folder over to the disk, so that a renamed file outlives a power cut."""
    with suppress(OSError):  # not every file system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def folder_for(path: str | Path, what: str) -> Path:
    """A folder that can be made, or stands.

    Raises:
        InputError: it is no path, or a file stands in the way; the message names `what`.
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"{what} is {path!r:.60}; give the path of a folder")
    folder = Path(path)
    for place in (folder, *folder.parents):
        if os.path.lexists(place) and not place.is_dir():
            raise InputError(f"{what} is {folder}, and {place} is a file; name another folder")
    return folder
