"""Standard streams that are closed, that nobody reads any more, or that lead to a file."""

import errno
import io
import os
import sys
from contextlib import suppress

from textgan.report.visible import visible


def open_streams() -> None:
    """Have all standard streams open, and write into files and pipes as into any other file.

    Where one was closed before the program began, it leads to the null device: else the next file
    that is opened would take its number, and get what is printed. What is written elsewhere than to
    a terminal is UTF-8 whose lines end in line feeds, unless ``PYTHONIOENCODING`` says otherwise:
    Windows would have one of 256 characters. A symbol that cannot be written is spelled out.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if not (stream.isatty() or "PYTHONIOENCODING" in os.environ):
            stream.reconfigure(encoding="utf-8", newline="\n")
        if stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """A line to standard error; where nobody reads it any more, the work goes on without."""
    try:
        print(harmless(text), file=sys.stderr, flush=True)
    except OSError:
        settle_streams()


def harmless(text: str) -> str:
    """`text` as a terminal may get it, whoever wrote it: nothing in its lines steers one."""
    return "\n".join(map(visible, text.split("\n")))


def reader_gone(error: OSError) -> bool:
    """Whether nobody reads a pipe any more, which Windows often calls an invalid argument."""
    if isinstance(error, BrokenPipeError):
        return True
    return os.name == "nt" and error.errno == errno.EINVAL and error.filename is None


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
