"""How each objective is drawn, the same in every picture."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from textgan.report.style import MUTED, OTHER, REAL, SAMPLES

Look = tuple[str, Any]
"""A colour and a pattern of dashes."""

LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "gan": (REAL, "-"),
        "gan-minimax": (REAL, (0, (4, 2))),
        "wgan-clip": (OTHER, "-"),
        "wgan-gp": (SAMPLES, "-"),
        "wgan-lp": (SAMPLES, (0, (4, 2))),
        "relativistic": (MUTED, "-"),
        "hinge": (OTHER, (0, (4, 2))),
    }
)


def look(objective: str) -> Look:
    """The look of an objective; grey dots for one without its own."""
    return LOOKS.get(objective, (MUTED, (0, (1, 1))))


def hatch(objective: str) -> str:
    """The pattern of its bars, for objectives that share a colour; none where its line is solid."""
    return "" if look(objective)[1] == "-" else "///"
