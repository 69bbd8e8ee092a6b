"""What the C library does with memory that is freed."""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's `mallopt`."""

LARGEST_BLOCK, KEPT = 2**26, 2**30


def keep_freed_memory() -> None:
    """Have memory that this process frees kept for what it asks for next, up to a gibibyte.

    glibc gives blocks of more than some megabytes back to the system, and what comes in their place
    has to be fetched page by page: with thousands of symbols that was up to a fifth of an update.
    Blocks of more than 64 MiB still go back. Where the C library is another, nothing changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, LARGEST_BLOCK)
        mallopt(TRIM_THRESHOLD, KEPT)
