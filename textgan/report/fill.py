"""A template and what goes into it, as HTML."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from textgan import __version__
from textgan.report.visible import decimals, duration, number, percent, share, visible


def filled(template: Traversable, **values: Any) -> str:
    """The HTML of a page in the style of every page: it needs no other file.

    Args:
        template: reads `head`, `css` and `version` besides `values`.
        values: text among them is escaped, and what would not print shows as a dot.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(
        number=number, share=share, percent=percent, decimals=decimals, duration=duration
    )
    report = files("textgan.report")
    css = (report / "page.css").read_text(encoding="utf-8")
    head = environment.from_string((report / "head.html").read_text(encoding="utf-8"))
    return environment.from_string(template.read_text(encoding="utf-8")).render(
        css=Markup(css),
        head=Markup(head.render(version=__version__)),
        version=__version__,
        **values,
    )


def _shown(value: Any) -> Any:
    """Every text that goes into the template passes here, markup of our own excepted."""
    return visible(value) if type(value) is str else value
