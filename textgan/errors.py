"""The two ways a command can fail, and the hint that helps the user on.

Exit status 2 means that what the user gave was wrong (`InputError`); exit status 1 means that the
world failed: disk, network, device (`WorldError`). Anything else that escapes is a bug.
"""

import difflib
import errno
from collections.abc import Iterable, Mapping
from numbers import Integral

SHOWN = 30
"""Names that a message lists."""


class TextganError(Exception):
    """A failure with a message of one or two lines that a user can act on."""

    exit_status = 1


class InputError(TextganError):
    """What the user gave is wrong: the message names option, value and remedy."""

    exit_status = 2


class WorldError(TextganError):
    """Disk, network or device failed: the message names what and where."""


NO_MEMORY = (
    "out of memory",
    "not enough memory",
    "allocate memory",
    "bad_alloc",
    "alloc_failed",
    "failed to map segment",
    "can't start new thread",
)
"""What torch, CUDA, safetensors, the loader of libraries and the system say, in lower case."""


def out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out, the computer's or the device's: there is no one class for it."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM
    return any(words in str(error).lower() for words in NO_MEMORY)


def first_line(error: BaseException) -> str:
    """What an exception says, in one line that fits one."""
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__


def whole(value: object, name: str, least: int | None = None) -> int:
    """`value` as an integer of Python's, whose own kind it need not be: numpy's will do.

    Raises:
        InputError: it is no whole number, or below `least`; the message names `name`.
    """
    if not isinstance(value, Integral):
        raise InputError(f"{name} is {value!r:.60}; it must be a whole number")
    if least is not None and value < least:
        raise InputError(f"{name} is {value}; it must be at least {least}")
    return int(value)


def listed(strings: Iterable[str], what: str) -> list[str]:
    """`strings` as a list, whatever gives them: a list, a table's column, a generator.

    Raises:
        InputError: it is a single string, or not all of them are strings; the message names `what`.
    """
    if isinstance(strings, str | bytes):
        raise InputError(f"{what} is one string, {strings!r:.60}; give a list of strings")
    if isinstance(strings, Mapping) or not isinstance(strings, Iterable):
        raise InputError(f"{what} is {strings!r:.60}; give a list of strings")
    found = list(strings)
    for number, one in enumerate(found):
        if not isinstance(one, str):
            raise InputError(
                f"{what} holds {one!r:.60} at place {number}, which is no string; leave it out, "
                "or make it one"
            )
    return found


def choose(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return `name` where it is among `choices`, else raise with the nearest names.

    Args:
        kind: what is being named, for the message: ``"preset"``, ``"verb"`` …
        name: what the user typed.
        choices: every name that stands.

    Raises:
        InputError: `name` is not among them.
    """
    names = sorted(choices)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    shown = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {shown}"
    raise InputError(f"unknown {kind} '{name}'; {hint}")
