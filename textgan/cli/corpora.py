"""List, show and prepare corpora.

Examples:
  textgan corpora                          a table of the corpora that textgan knows
  textgan corpora show kjv                 the card of one, and lines of it where it is here
  textgan corpora prepare kjv              fetch, verify, clean, split and encode it, once
  textgan corpora prepare mine.txt         the same for a file of your own
"""

import argparse
import shutil
import sys
from itertools import islice
from typing import TYPE_CHECKING

from textgan.cli.reading import (
    add_labels_argument,
    add_reading_arguments,
    card_options,
    prepare_options,
    progress_line,
)
from textgan.cli.streams import harmless
from textgan.errors import InputError, choose

if TYPE_CHECKING:
    from textgan.text.card import Card, Source

ACTIONS = ("list", "show", "prepare")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("action", nargs="?", default="list", help="list (default), show, prepare")
    parser.add_argument(
        "corpus", nargs="?", metavar="NAME|PATH", help="a corpus, a path, hf:owner/name, or -"
    )
    add_labels_argument(parser)
    add_reading_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says."""
    action = choose("action", arguments.action, ACTIONS)
    if action == "list":
        if arguments.corpus:
            raise InputError(f"list takes no corpus; textgan corpora show {arguments.corpus}?")
        print(table(), end="")
        return 0
    if not arguments.corpus:
        raise InputError(f"{action} which corpus? textgan corpora {action} NAME|PATH")
    from textgan.text.corpus import describe, find_card, prepare

    card = find_card(arguments.corpus, **card_options(arguments))
    if action == "show":
        show(card, arguments.corpus)
        return 0
    corpus = prepare(card, **prepare_options(arguments), progress=progress_line())
    print(f"{card.name}\n{describe(corpus.summary)}\nin       {corpus.folder}")
    return 0


def table() -> str:
    """The corpora that textgan brings, a row each, no wider than a terminal where it is one."""
    from textgan.text.card import shipped_card, shipped_names
    from textgan.text.sources import is_here

    rows = [("name", "lines", "here", "source", "licence")]
    for name in shipped_names():
        card = shipped_card(name)
        lines = f"{card.lines:,}" if card.lines else "?"
        here = "yes" if is_here(card.source) else "no"
        rows.append((name, lines, here, source_name(card.source), card.licence))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    wide = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    out = []
    for name, lines, here, source, licence in rows:
        row = f"{name:<{widths[0]}}  {lines:>{widths[1]}}  {here:<{widths[2]}}  "
        row += f"{source:<{widths[3]}}  {licence}"
        out.append(row if not wide or len(row) <= wide else row[: wide - 1] + "…")
    return "\n".join(out) + "\n"


def source_name(source: "Source") -> str:
    """A source in a word or two."""
    from textgan.text.card import Hub, Installed, Pypi

    if isinstance(source, Pypi):
        return f"pypi {source.package}"
    if isinstance(source, Hub):
        return f"hub {source.name.rpartition('/')[2]}"
    if isinstance(source, Installed):
        return f"with {source.package}"
    return f"path {source.path}"


def show(card: "Card", asked: str) -> None:
    """Print the card of what was `asked` for, and five lines that are had without a network."""
    from textgan.text.cleaning import clean
    from textgan.text.sources import is_here, opened
    from textgan.text.summary import shown

    length = f"{card.length} symbols" if card.length else "from its lines"
    for name, value in (
        ("corpus", f"{card.name}: {card.description}"),
        ("licence", card.licence),
        ("source", source_name(card.source)),
        ("level", card.level),
        ("length", f"{length}; longer lines are {'cut' if card.too_long == 'cut' else 'skipped'}"),
        ("lines", f"{card.lines:,}" if card.lines else "not counted yet"),
    ):
        print(harmless(f"{name:<8} {value}"))
    if not is_here(card.source):
        print(f"such as  not here yet: textgan corpora prepare {asked}")
        return
    with opened(card) as material:
        chunk = [line for some in islice(material.chunks(), 20) for line in some]
    lines = list(dict.fromkeys(filter(None, clean(chunk, card.cleaning))))
    for i, line in enumerate(lines[:: max(len(lines) // 5, 1)][:5]):
        print(f"{'' if i else 'such as':<8} {shown(line)}")
