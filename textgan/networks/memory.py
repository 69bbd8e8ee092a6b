"""What the C library does with memory that is freed."""

import ctypes
import os
from collections.abc import Callable

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt`."""

LARGEST_BLOCKS, KEPT = (2**26, 2**25), 2**30
"""The first that is taken; glibc 2.31 (Debian 11) takes none above 32 MiB."""


def keep_freed_memory() -> None:
    """Have memory that this process frees kept for what it asks for next, up to a gibibyte.

    glibc gives blocks of more than some megabytes back to the system, and what comes in their place
    has to be fetched page by page: with thousands of symbols that was up to a fifth of an update.
    Blocks of more than 64 MiB (an old glibc: 32) still go back. Where the C library is another,
    nothing changes.
    """
    if os.name != "posix":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        keep_with(mallopt)


def keep_with(mallopt: Callable[[int, int], int]) -> None:
    """The same, by a function that says whether it takes a value.

    Nothing else is set before a largest block is taken: whatever is set ends glibc's own adapting,
    and would leave it giving back every block of 128 KiB.
    """
    if any(mallopt(MMAP_THRESHOLD, size) for size in LARGEST_BLOCKS):
        mallopt(TRIM_THRESHOLD, KEPT)
