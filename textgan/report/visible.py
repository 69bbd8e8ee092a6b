"""Text of unknown origin made fit to be looked at: what would not print shows as a dot."""

DOT = "·"
JOINERS = "\u200c\u200d"  # scripts of India, Persian and emoji are spelt with them


def visible(text: str) -> str:
    """`text` with control characters, directional marks and lone surrogates as dots."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in JOINERS else DOT for char in text)


def label(text: str, width: int = 18) -> str:
    """A text as it labels a chart: spaces marked, and no longer than `width`."""
    text = visible(text).replace(" ", "␣")
    return text if len(text) <= width else text[: width - 1] + "…"


def number(value: float | None, digits: int = 3) -> str:
    """A figure for people: thousands grouped, `digits` significant digits, a dash for none."""
    if value is None:
        return "–"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace("-", "−")
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def share(value: float | None) -> str:
    """A share as a percentage."""
    return "–" if value is None else f"{100 * value:.1f} %"


def duration(seconds: float) -> str:
    """A time for people."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
