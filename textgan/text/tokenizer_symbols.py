"""Counts of the characters of many lines."""

from collections.abc import Iterable

import numpy as np

from textgan.errors import InputError

_PORTION = 2**20  # characters


class SymbolCounts:
    """How often each code point was seen."""

    def __init__(self) -> None:
        self._counts = np.zeros(0x110000, np.int64)

    def add(self, lines: list[str]) -> None:
        """Count the characters of `lines`.

        Raises:
            InputError: a line holds a lone surrogate.
        """
        text = "".join(lines)
        for start in range(0, len(text), _PORTION):
            try:
                points = np.frombuffer(text[start : start + _PORTION].encode("utf-32-le"), "<u4")
            except UnicodeEncodeError:
                raise surrogate_error(lines) from None
            self._counts[: points.max() + 1] += np.bincount(points)

    def frequent(self) -> list[str]:
        """Return the characters, most frequent first, ties by code point.

        Raises:
            InputError: there was none.
        """
        points = np.flatnonzero(self._counts)
        if not len(points):
            raise InputError("no vocabulary can be learned: the lines hold no symbol")
        order = points[np.argsort(-self._counts[points], kind="stable")]
        return [chr(point) for point in order.tolist()]


def surrogate_error(lines: Iterable[str]) -> InputError:
    """Return the error that names the first of `lines` with a lone surrogate."""
    for line in lines:
        for character in line:
            if "\ud800" <= character <= "\udfff":
                return InputError(
                    f"a line holds the lone surrogate U+{ord(character):04X}, which is no text "
                    f"({line[:40]!a}); read the file with another --encoding or --errors"
                )
    return InputError("a line is no text; read the file with another --encoding or --errors")
