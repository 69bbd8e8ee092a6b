"""gzip, bzip2, xz and zstandard as streams in flat memory that notice what is no text."""

import io
from typing import TYPE_CHECKING, BinaryIO

from textgan.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PACKED = ("gz", "bz2", "xz", "zst")

BLOCK = 1 << 20
PIECE = 1 << 10  # of a packed file, which may unpack to 30,000 times as much
GREATEST = 1 << 28  # bytes that anything packed may become, and beyond:
TIMES = 200  # as many as it is packed in; text packs to a tenth, a bomb to a thousandth


def unpacked(stream: BinaryIO, packing: str, name: str) -> BinaryIO:
    """`stream` itself, or the stream of what it packs in one of `PACKED`.

    Reading it raises EOFError where the packed data is damaged or cut short.

    Raises:
        InputError: this Python was built without the library of the packing.
    """
    if not packing:
        return stream
    damages: tuple[type[Exception], ...] = ()
    plain: io.BufferedIOBase | io.RawIOBase
    try:
        if packing == "gz":
            import gzip
            import zlib

            plain, damages = gzip.GzipFile(fileobj=stream), (zlib.error,)
        elif packing == "bz2":
            import bz2

            plain = bz2.BZ2File(stream)
        elif packing == "xz":
            import lzma

            plain, damages = lzma.LZMAFile(stream), (lzma.LZMAError,)
        else:
            plain = Zstd(stream, name)
    except ImportError as error:  # distributions of Python exist without one or the other
        raise InputError(f"{name}: {error}; unpack it first") from None
    return io.BufferedReader(Bounded(plain, damages, stream, name), BLOCK)


class Bounded(io.RawIOBase):
    """What a packed file holds, up to the point where it can be no text.

    Args:
        plain: unpacks.
        damages: what it raises where the packed data is none.
        packed: that it reads.
        name: of the file.

    Raises:
        InputError: it has become `GREATEST` bytes and `TIMES` as many as were read of the file.
        EOFError: the packed data is damaged or cut short.
    """

    def __init__(
        self,
        plain: io.BufferedIOBase | io.RawIOBase,
        damages: tuple[type[Exception], ...],
        packed: BinaryIO,
        name: str,
    ) -> None:
        self.plain, self.damages, self.packed, self.name = plain, damages, packed, name
        self.size = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill `buffer` and return the number of bytes; 0 at the end."""
        try:
            got = self.plain.readinto(buffer) or 0
        except self.damages as error:
            raise EOFError(str(error)) from None
        except OSError as error:
            if error.errno is not None:  # the disk's, not the unpacker's
                raise
            raise EOFError(str(error)) from None
        self.size += got
        if self.size > GREATEST and self.size > TIMES * self.packed.tell():
            raise InputError(
                f"{self.name}: unpacks to more than {TIMES} times its size; unpack it first, "
                "if it is text after all"
            )
        return got


class Zstd(io.RawIOBase):
    """A zstandard file of one or more frames, read as one stream that notices a missing end."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        import zstandard

        self.name = name

        self.failure = zstandard.ZstdError
        self.begin = zstandard.ZstdDecompressor().decompressobj
        self.source = stream
        self.frame = self.begin()
        self.inside = False  # a frame
        self.ready = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill `buffer` and return the number of bytes; 0 at the end.

        Raises:
            EOFError: the packed data is damaged or cut short.
            InputError: unpacking it takes more memory than zstandard gives without being told to.
        """
        while not self.ready:
            packed = self.frame.unused_data if self.frame.eof else b""
            if self.frame.eof:
                self.frame, self.inside = self.begin(), False
            packed = packed or self.source.read(PIECE)
            if not packed and self.inside:
                raise EOFError("it is cut short")
            if not packed:
                return 0
            self.inside = True
            try:
                self.ready = memoryview(self.frame.decompress(packed))
            except self.failure as error:
                if "too much memory" in str(error):  # up to 2 GiB, which a file may only claim
                    raise InputError(
                        f"{self.name}: was packed with zstd --long; unpack it first, with "
                        "zstd -d --long=31"
                    ) from None
                raise EOFError(str(error)) from None
        target = memoryview(buffer).cast("B")
        size = min(len(self.ready), len(target))
        target[:size] = self.ready[:size]
        self.ready = self.ready[size:]
        return size
