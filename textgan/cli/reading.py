"""The flags that say how a corpus is read and cleaned, the same for every verb that reads one."""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

QUIET_SECONDS = 30
"""Between two lines of progress that go to a file or a pipe."""
LEARNING = "learning a vocabulary from"
"""The stage of `prepare` that tells of its beginning alone."""
MANY_LINES = 100_000  # learning from fewer takes a moment
FILE = ("column", "labels", "encoding", "errors", "header", "separator")
PREPARE = (
    "tokenizer", "vocab_size", "max_vocab", "unknown", "length", "too_long", "duplicates",
    "unicode", "whitespace", "case", "min_length",
)  # fmt: skip


def add_file_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags that say how a file is read; `card_options` takes them up."""
    group = parser.add_argument_group("reading")
    group.add_argument(
        "--column", metavar="NAME", help="column of a table: its name or number from 0"
    )
    group.add_argument(
        "--no-header",
        dest="header",
        action="store_false",
        default=None,
        help="the first row of a csv or tsv table is data too",
    )
    group.add_argument(
        "--separator",
        metavar="C",
        help="between columns: ';', tab; makes a table of text by any name (default: by its name)",
    )
    group.add_argument("--encoding", metavar="NAME", help="of the text (utf-8)")
    group.add_argument(
        "--errors",
        metavar="strict|replace|ignore",
        help="what to do with bytes not of the encoding",
    )


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """All flags of reading and cleaning; `card_options` and `prepare_options` take them up."""
    add_file_arguments(parser)
    group = parser.add_argument_group("sequences (what is not given comes from the corpus card)")
    add = group.add_argument
    add(
        "--tokenizer",
        metavar="NAME",
        help="char, byte, word, bpe, byte-bpe, unigram, sentencepiece, sentencepiece-bpe",
    )
    add(
        "--vocab-size",
        metavar="N",
        type=int,
        help="symbols that a subword or word tokenizer learns",
    )
    add("--max-vocab", metavar="N", type=int, help="most symbols allowed (65,536)")
    add(
        "--unknown",
        metavar="skip|keep",
        help="lines with symbols outside the vocabulary: leave out (default), or keep",
    )
    add("--length", metavar="N", type=int, help="symbols of a sequence")
    add("--too-long", metavar="cut|skip", help="what becomes of longer lines")
    add("--min-length", metavar="N", type=int, help="shorter lines are left out (1)")
    group = parser.add_argument_group("cleaning")
    add = group.add_argument
    add("--unicode", metavar="NFC|NFKC|none", help="normalisation (NFC)")
    add("--whitespace", metavar="collapse|strip|keep", help="runs of it, or its ends (collapse)")
    add("--case", metavar="keep|lower", help="(keep)")
    add("--duplicates", metavar="drop|keep", help="exact duplicates (drop)")


def add_labels_argument(parser: argparse.ArgumentParser) -> None:
    """The flag that says where labels stand; `card_options` takes it up."""
    parser.add_argument(
        "--labels",
        metavar="COLUMN|file|folder",
        help="what says of what kind a line is, so that lines of a kind can be asked for (none: "
        "nothing does, whatever the card says)",
    )


def card_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments for `find_card` and `plain_lines`."""
    return given(arguments, FILE)


def prepare_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The keyword arguments for `prepare`."""
    return given(arguments, PREPARE)


def given(arguments: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    """The arguments among `names` that the user gave."""
    values = {name: getattr(arguments, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def progress_line() -> Callable[[str, int, int | None], None]:
    """A callback for `prepare`: one line on a terminal's standard error, elsewhere a line at times.

    What is short says nothing where nobody watches.
    """
    began: dict[str, float] = {}
    drawn = time.monotonic()

    def tell(stage: str, done: int, total: int | None) -> None:
        nonlocal drawn
        now = time.monotonic()
        start = began.setdefault(stage, now)
        last = total is not None and done >= total
        silent = stage == LEARNING and done >= MANY_LINES
        watched = sys.stderr.isatty()
        soon = now - drawn < (0.1 if watched else QUIET_SECONDS)
        if soon and not (last and watched) and not silent:
            return
        drawn = now
        text = f"{stage} {done:,}" + (f" of {total:,}" if total else "") + " lines"
        if total and done and now - start > 1:
            text += f", {(now - start) * max(total - done, 0) / done:.0f} s left"
        if not watched:
            print(text, file=sys.stderr, flush=True)
            return
        end = "\r\033[K" if stage == "encode" and last else ""
        print(f"\r\033[K{text}", end=end, file=sys.stderr, flush=True)

    return tell
