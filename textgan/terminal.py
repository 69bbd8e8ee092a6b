"""What a terminal can do."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def drawable() -> "Console | None":
    """Standard error where it is a terminal that can move its cursor."""
    # FORCE_COLOR makes rich take a pipe for a terminal: colours were asked for, not frames.
    if not sys.stderr.isatty():
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if console.is_interactive else None
