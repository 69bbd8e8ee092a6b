"""The cache: one folder for what was fetched and prepared, safe to delete at any time."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textgan.errors import WorldError
from textgan.files import DAY, FULL, new_folder, sweep


def cache_folder() -> Path:
    """``TEXTGAN_CACHE`` where it is set, else ``~/.cache/textgan``."""
    named = os.environ.get("TEXTGAN_CACHE")
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "textgan"


def digest_of(*parts: Path | str | bytes) -> str:
    """A digest of `parts` and of where each ends; of a path, of the bytes of the file."""
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, Path):
            with part.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, hashlib.blake2b).digest())
        else:
            data = part.encode() if isinstance(part, str) else part
            whole.update(hashlib.blake2b(data).digest())
    return whole.hexdigest()


@contextmanager
def fresh_folder(final: Path) -> Iterator[Path]:
    """A new folder that takes the name `final` when the block ends well, and else goes.

    Its files are flushed to the disk first, so that `final` is there whole or not at all. Where
    another process was quicker, its folder stays and this one goes.

    Raises:
        WorldError: the disk is full.
    """
    sweep(final.parent, age=DAY)
    try:
        with new_folder(final, keep=True) as fresh:
            yield fresh
    except OSError as error:
        if error.filename and error.errno not in FULL:  # reading or opening failed, and says what
            raise
        raise WorldError(
            f"cannot write to {final.parent} ({error.strerror or error}); "
            "make room, or let TEXTGAN_CACHE name another folder"
        ) from None
