"""One trainer a run folder: who trains there, and who is told to wait."""

import errno
import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import portalocker

from textgan.errors import InputError, WorldError

LOCK = ".lock"
"""A file that the trainer holds open and locked, and that says which process that is."""


@contextmanager
def locked(folder: Path) -> Iterator[Callable[[], None]]:
    """Keep other trainers out of a run folder.

    Yields:
        A check to make before each write: it raises `WorldError` where the folder is no longer this
        trainer's, so that a folder that was deleted does not come back in parts.

    Raises:
        InputError: another process trains there; its number and host are named.
    """
    path, made = folder / LOCK, not folder.exists()
    file = _lock(folder)
    try:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()

        def check() -> None:
            if not _stands(file, path):
                raise WorldError(
                    f"the run folder {folder} was deleted or moved while it was trained; stopped"
                )

        yield check
    finally:
        _release(file, path)
        if made:
            with suppress(OSError):  # it is not empty: a run was begun
                folder.rmdir()


def _lock(folder: Path) -> TextIO:
    path = folder / LOCK
    while True:
        # Who had made the folder is refused and takes it away, at any moment in here.
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except FileExistsError:
            if _stands_in_the_way(folder):
                raise
            continue
        try:
            file = open(path, "a+", encoding="utf-8", opener=_of_its_own)
        except FileNotFoundError:
            continue
        except OSError:
            if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
                raise InputError(
                    f"{path} is not a file that textgan made; take it away, or name another --out"
                ) from None
            raise
        try:
            portalocker.lock(file, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.AlreadyLocked:
            with file:
                owner = _owner(file)
            raise InputError(
                f"{folder} is being trained by {owner}; wait for it, or give another --out"
            ) from None
        except portalocker.LockException as error:
            file.close()
            raise WorldError(f"{path} cannot be locked ({error})") from None
        # A trainer that ended between the two calls took the file away: the lock is on nothing.
        if _stands(file, path):
            return file
        file.close()


def _of_its_own(path: str, flags: int) -> int:
    # A link would have whatever it leads to emptied. Windows has no flag for that.
    if os.name == "nt" and os.path.islink(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def _owner(file: TextIO) -> str:
    text = ""
    with suppress(OSError):  # Windows lets nobody else read what is locked
        file.seek(0)
        text = file.read().strip()
    return text or "another process"


def _release(file: TextIO, path: Path) -> None:
    if os.name == "nt":
        # What is open stays there, another's lock too.
        file.close()
        with suppress(OSError):
            path.unlink()
        return
    with file:  # first the name, so that nobody locks what is about to go
        if _stands(file, path):
            path.unlink()


def _stands_in_the_way(folder: Path) -> bool:
    """Whether something stands there that is no folder: a file, or a link to nothing."""
    try:
        return not stat.S_ISDIR(folder.lstat().st_mode)
    except FileNotFoundError:
        return False


def _stands(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except OSError:
        return False
