"""One page with the results that stand in a folder."""

import base64
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from textgan.errors import InputError
from textgan.files import write_text
from textgan.lab.driver import PICTURE, command, plain_file, read_result
from textgan.lab.experiments import NAMES
from textgan.report.fill import filled

PAGE = "index.html"
OURS = "<title>textgan lab</title>"
"""In the head of every page that `template.html` makes."""


def check_page(folder: Path) -> None:
    """Refuse a folder whose `index.html` the lab did not write, since it will be replaced.

    Raises:
        InputError: it did not.
    """
    page = folder / PAGE
    if not (page.exists() or page.is_symlink()):
        return
    if not plain_file(page) or OURS not in page.read_text(encoding="utf-8", errors="replace"):
        raise InputError(
            f"--out {folder}: holds an {PAGE} that is not the lab's; name another folder"
        )


def write_page(folder: Path, failures: Mapping[str, str]) -> Path:
    """Write `index.html`, which needs no other file.

    Args:
        folder: holds a folder of results for each experiment that was run.
        failures: why an experiment that has no result has none.

    Raises:
        OSError: it cannot be written, or a picture cannot be read.
    """
    results = []
    for name in NAMES:
        room = folder / name
        result = read_result(room)
        if name in failures or result is None:
            continue
        picture = base64.b64encode((room / PICTURE).read_bytes()).decode("ascii")
        again = command(name, result["full"])
        results.append({**result, "picture": picture, "command": again})
    template = files("textgan.lab") / "template.html"
    page = filled(template, results=results, failures=failures)
    write_text(folder / PAGE, page)
    return folder / PAGE
