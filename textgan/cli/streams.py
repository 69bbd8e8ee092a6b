"""Standard streams that are closed, or that nobody reads any more."""

import os
import sys
from contextlib import suppress


def open_streams() -> None:
    """Put the null device where a standard stream was closed before the program began.

    Else the next file that is opened would take its number, and get what is printed.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))


def say(text: str) -> None:
    """A line to standard error; where nobody reads it any more, the work goes on without."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        settle_streams()


def settle_streams() -> None:
    """Flush standard output and error; what cannot be flushed goes to the null device.

    Else Python tries again as it leaves, complains, and takes a status of its own.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
