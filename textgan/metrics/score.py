"""What a score is: a value, its error bar, the real text's value and the protocol."""

from dataclasses import dataclass

from textgan import __version__


@dataclass(frozen=True)
class Estimate:
    """One figure for one set of lines.

    Attributes:
        value: the figure, None where it is not defined.
        low: lower end of the 95 % error bar, None where there is none.
        high: upper end.
        protocol: what the figure depends on, as ``ref:40000|base:2``.
        why: where `value` is None, the reason.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    protocol: str = ""
    why: str = ""


@dataclass(frozen=True)
class Score:
    """A figure of the samples beside the same figure of real lines.

    Attributes:
        name: as ``js4``.
        value: the samples' figure, None where it is not defined.
        low: lower end of its 95 % error bar.
        high: upper end.
        real: the figure of as many real lines against the same reference, None without them.
        signature: the whole protocol, as ``js4|level:char|cut:32|n:2000|ref:40000|base:2|…``.
        real_low: lower end of the error bar of `real`.
        real_high: upper end.
        why: where `value` is None, the reason.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    real: float | None
    signature: str
    real_low: float | None = None
    real_high: float | None = None
    why: str = ""


def signature(name: str, level: str, cut: int | None, n: int, protocol: str) -> str:
    """The protocol of a score in one line: everything that another program needs to repeat it."""
    version = ".".join(__version__.split(".")[:2])
    parts = [
        name,
        f"level:{level}",
        f"cut:{cut}" if cut is not None else "",
        f"n:{n}",
        protocol,
        f"textgan:{version}",
    ]
    return "|".join(part for part in parts if part)
