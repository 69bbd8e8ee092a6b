"""Find the verb, hand it the arguments, turn failures into one line and an exit status.

A verb is a module of this package with a docstring (its help), `add_arguments(parser)` and
`run(arguments) -> int`. Its module is imported only when the verb is named, so that `--help`
costs no import of torch.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from textgan import __version__
from textgan.errors import InputError, TextganError, choose

VERBS = {
    "quickstart": "train on surnames for three minutes and look at what comes out",
    "corpora": "list, show and prepare corpora",
    "train": "train on a corpus; the same command resumes",
    "sample": "write new lines with a trained model",
    "evaluate": "score a run or any text file against real text",
    "compare": "score several runs or files in one table",
    "report": "write one page that shows a run",
    "baseline": "train the n-gram model that every other model should beat",
    "lab": "re-run the claims that textgan is built on",
}


class Parser(argparse.ArgumentParser):
    """An argument parser that raises `InputError` in place of printing its usage and leaving."""

    def error(self, message: str) -> NoReturn:
        """Raise `InputError` with argparse's message and where help is to be had."""
        raise InputError(f"{message} (see '{self.prog} --help')")


def top_help() -> str:
    """The page that `textgan --help` prints."""
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {name:<{width}}  {what}" for name, what in VERBS.items())
    return (
        "usage: textgan VERB …\n\n"
        "Learn to write short sequences of symbols from examples, with adversarial networks.\n\n"
        f"verbs:\n{verbs}\n\n"
        "  textgan VERB --help     the options of a verb\n"
        "  textgan --version\n"
    )


def dispatch(arguments: Sequence[str]) -> int:
    """Run the verb that `arguments` name.

    Raises:
        TextganError: with a message for the user.
    """
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(top_help(), end="")
        return 0
    if arguments[0] == "--version":
        print(f"textgan {__version__}")
        return 0
    name = choose("verb", arguments[0], VERBS)
    module = importlib.import_module(f"textgan.cli.{name}")
    parser = Parser(
        prog=f"textgan {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    status: int = module.run(parser.parse_args(arguments[1:]))
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `textgan`: returns the exit status."""
    # Threads that wait for each other by spinning for long, as they do by default, bring training
    # down to a thirtieth where another program wants a core too; read when torch is loaded.
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    try:
        status = dispatch(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return status
    except TextganError as error:
        print(f"textgan: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        # The reader has gone (`| head`): stop quietly, and keep Python from flushing again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("textgan: interrupted", file=sys.stderr)
        return 130
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"textgan: {error.strerror or error}{where}", file=sys.stderr)
        return 1
