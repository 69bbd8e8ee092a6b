"""Cleaning: what a line looks like before it is cut and counted.

Always: line breaks inside a record become spaces, and control characters (other than the tab) and
half surrogates go, since no text file or terminal carries them faithfully. By option: Unicode
normalisation, white space, case. Digits and markup are left alone. A chunk is cleaned as one
string, which costs a few passes in C and not a few calls a line; that is sound because a line feed
neither composes, nor folds, nor decomposes with its neighbours.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

# Control characters that are no white space: C0, DEL and C1 without \t-\r, \x1c-\x1f, U+0085.
CONTROL = re.compile("[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
# Where white space is not collapsed, all control characters go but the tab.
CONTROL_BUT_TAB = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
SPACE = re.compile(
    "[\t\x0b\x0c\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)


@dataclass(frozen=True)
class Cleaning:
    """The options of cleaning, the same on a card and on the command line.

    Attributes:
        unicode: normal form.
        whitespace: "collapse" runs into one space and strip, "strip" the ends only, or "keep".
        case: "keep", or "lower".
        min_length: in symbols; shorter lines are dropped.
    """

    unicode: Literal["NFC", "NFKC", "none"] = "NFC"
    whitespace: Literal["collapse", "strip", "keep"] = "collapse"
    case: Literal["keep", "lower"] = "keep"
    min_length: int = 1


def clean(lines: list[str], cleaning: Cleaning) -> list[str]:
    r"""The cleaned lines, as many as came in; blank ones are empty strings.

    ``clean(clean(x)) == clean(x)``, and no line that comes out holds ``\n`` or ``\r``.
    """
    if not lines:
        return []
    text = "\n".join(lines)
    if text.count("\n") >= len(lines):  # records of tables may hold line breaks of their own
        text = "\n".join(line.replace("\n", " ") for line in lines)
    text = text.replace("\r", " ")
    text = (CONTROL if cleaning.whitespace == "collapse" else CONTROL_BUT_TAB).sub("", text)
    text = normal(text, cleaning.unicode)
    if cleaning.case == "lower":
        text = normal(text.lower(), cleaning.unicode)
    if cleaning.whitespace == "collapse":
        return collapsed(text).split("\n")
    if cleaning.whitespace == "strip":
        return [line.strip() for line in text.split("\n")]
    return ["" if line.isspace() else line for line in text.split("\n")]


def normal(text: str, form: str) -> str:
    """`text` in the normal form, quickly where it is already."""
    if form == "none" or text.isascii():
        return text
    kind: Literal["NFC", "NFKC"] = "NFKC" if form == "NFKC" else "NFC"
    return text if unicodedata.is_normalized(kind, text) else unicodedata.normalize(kind, text)


def collapsed(text: str) -> str:
    """Every run of white space but line feeds as one space, none at the ends of lines."""
    text = SPACE.sub(" ", text)
    while "  " in text:
        text = text.replace("  ", " ")
    return text.replace(" \n", "\n").replace("\n ", "\n").strip(" ")
