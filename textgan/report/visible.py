"""Text of unknown origin made fit to be looked at: what would not print shows as a dot."""

from unicodedata import category

from textgan.errors import first_line

DOT = "·"
JOINERS = "\u200c\u200d"  # scripts of India, Persian and emoji are spelt with them


def visible(text: str) -> str:
    """`text` with control characters, directional marks and lone surrogates as dots."""
    if text.isprintable():
        return text
    return "".join(char if _stands(char) else DOT for char in text)


def _stands(char: str) -> bool:
    # Python counts every space but the plain one, such as Chinese's wide one, as unprintable.
    return char.isprintable() or char in JOINERS or category(char) == "Zs"


def label(text: str, width: int = 18, spaces: bool = False) -> str:
    """A text as it labels a chart, at most `width` cells; spaces are marked but where meant."""
    from rich.cells import cell_len, set_cell_size

    text = visible(text)
    if not spaces:
        text = "".join("␣" if char.isspace() else char for char in text)
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def number(value: float | None) -> str:
    """A figure for people: thousands grouped, three significant digits, a dash for none."""
    if value is None:
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", "−")
    if abs(value) >= 999.5:  # three digits of it would be a power of ten
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def decimals(value: float | None) -> str:
    """A figure for a column of figures: three decimals, fewer where it is large."""
    if value is None:
        return "–"
    places = 3 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    # z: what rounds to zero has no sign.
    return f"{value:z,.{places}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """A share as the number of a percentage, for a column that says so."""
    return "–" if value is None else f"{100 * value:.1f}"


def share(value: float | None) -> str:
    """A share as a percentage."""
    return "–" if value is None else f"{percent(value)}\u00a0%"


def reason(error: Exception) -> str:
    """Why something could not be had, in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return first_line(error)


def duration(seconds: float) -> str:
    """A time for people."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
