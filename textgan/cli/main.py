"""Find the verb, hand it the arguments, turn failures into one line and an exit status.

A verb is a module of this package with a docstring (its help), `add_arguments(parser)` and
`run(arguments) -> int`. Its module is imported only when the verb is named, so that `--help`
costs no import of torch.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from textgan import __version__
from textgan.cli.streams import open_streams, reader_gone, say, settle_streams
from textgan.errors import InputError, TextganError, choose, out_of_memory

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
    # down to a thirtieth where another program wants a core too; read when torch is loaded, by
    # GNU's library for threads (Linux) and by LLVM's (Windows and macOS; milliseconds).
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")
    os.environ.setdefault("KMP_BLOCKTIME", "1")
    open_streams()
    with suppress(ValueError):  # not the main thread: signals are somebody else's
        signal.signal(signal.SIGTERM, _terminate)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        status = dispatch(given)
        sys.stdout.flush()
        return status
    except TextganError as error:
        return _fail(str(error), error.exit_status)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except Exception as error:
        if out_of_memory(error):
            return _fail(f"out of memory; {_less_memory(given)}", 1)
        if not isinstance(error, OSError):
            raise
        if reader_gone(error):
            settle_streams()  # `| head`: stop quietly
            return 0
        where = f" ({error.filename})" if error.filename else ""
        return _fail(f"{error.strerror or error}{where}", 1)


def _fail(text: str, status: int) -> int:
    say(f"textgan: {text}")
    settle_streams()
    return status


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    # Left in order, so that files which are not whole yet go.
    raise SystemExit(128 + number)


def _less_memory(arguments: Sequence[str]) -> str:
    if arguments[0] == "quickstart":
        return "try textgan train surnames --preset quickstart --set training.pieces=2"
    if arguments[0] == "train":
        return (
            "go on with --set training.pieces=2 (4, 8 …), or start over in another --out with half "
            "of training.batch or network.width"
        )
    if arguments[0] == "sample":
        return "try --device cpu, or train a model of smaller network.width"
    return "end other programs, or give it less to read"
