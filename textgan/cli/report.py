"""Write one page that shows a run: curves, scores, samples, walks, settings.

The page is one HTML file that needs nothing else: no script, no font, no network.

Examples:
  textgan report runs/names                          writes runs/names/report.html
  textgan report runs/names --out names.html --figures pictures
"""

import argparse
from pathlib import Path

from textgan.cli.streams import say
from textgan.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `textgan report`."""
    parser.add_argument("run", metavar="RUN", help="run folder")
    parser.add_argument("--out", metavar="FILE.html", help="the page (RUN/report.html)")
    parser.add_argument("--figures", metavar="FOLDER", help="also write the figures as PNG there")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (all cores)")


def run(arguments: argparse.Namespace) -> int:
    """Write the page, and say where it is and what it lacks."""
    out = Path(arguments.out) if arguments.out else None
    figures = Path(arguments.figures) if arguments.figures else None
    if out is not None and out.is_dir():
        raise InputError(f"--out {out}: is a folder; name a file, such as {out / 'report.html'}")
    if figures is not None and figures.exists() and not figures.is_dir():
        raise InputError(f"--figures {figures}: is a file; name a folder")

    from textgan.training.runs import run_settings

    run_settings(Path(arguments.run))  # no run is told before anything heavy is loaded

    from textgan.networks.device import use_threads
    from textgan.report.page import write_report

    if arguments.threads is not None:
        use_threads(arguments.threads)
    written = write_report(Path(arguments.run), out, figures, say)
    for sentence in written.missing:
        say(f"lacking  {sentence}")
    if written.figures:
        say(f"figures  {len(written.figures)} in {figures}")
    print(written.page)
    return 0
