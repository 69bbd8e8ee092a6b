"""One page with the results that stand in a folder."""

import base64
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from textgan.files import write_text
from textgan.lab.driver import PICTURE, RESULT, command
from textgan.lab.experiments import NAMES
from textgan.report.fill import filled

PAGE = "index.html"


def write_page(folder: Path, failures: Mapping[str, str]) -> Path:
    """Write `index.html`, which needs no other file.

    Args:
        folder: holds a folder of results for each experiment that was run.
        failures: why an experiment that has no result has none.

    Raises:
        OSError: it cannot be written, or a result cannot be read.
    """
    results = []
    for name in NAMES:
        room = folder / name
        if name in failures or not (room / RESULT).exists():
            continue
        result = json.loads((room / RESULT).read_text(encoding="utf-8"))
        picture = base64.b64encode((room / PICTURE).read_bytes()).decode("ascii")
        again = command(name, result["full"])
        results.append({**result, "picture": picture, "command": again})
    template = files("textgan.lab") / "template.html"
    page = filled(template, results=results, failures=failures)
    write_text(folder / PAGE, page)
    return folder / PAGE
