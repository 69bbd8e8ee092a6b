"""A figure as inline SVG that takes its colours and letters from the page, and as PNG."""

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from textgan.report.style import ROLES, Chart

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
HREF = f"{{{XLINK}}}href"
PNG_DOTS = 200
COLOUR = re.compile("|".join(ROLES))
FAMILY = re.compile(r"font-family:[^;]*;?\s*")
LOCAL = re.compile(r"url\(#([^)]*)\)")


def inline(chart: Chart) -> str:
    """The chart's figure as an `<svg>` element for the page.

    Colours become the style sheet's variables, letters are text in the page's font, and what could
    clash with another figure of the page (ids) carries the chart's name.
    """
    root = ElementTree.fromstring(_saved(chart.figure))
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    wanted = _referred(root)
    for element in root.iter():
        _adapt(element, chart.name, wanted)
    box = root.get("viewBox")
    root.attrib.clear()
    root.attrib.update({"viewBox": box or "", "role": "img", "aria-label": chart.alternative})
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def write_png(chart: Chart, folder: Path) -> Path:
    """The chart's figure as a PNG file in `folder`, on white."""
    from textgan.files import write_bytes

    data = io.BytesIO()
    chart.figure.savefig(data, format="png", dpi=PNG_DOTS, metadata={"Software": None})
    path = folder / f"{chart.name}.png"
    write_bytes(path, data.getvalue())
    return path


def _saved(figure: "Figure") -> str:
    file = io.StringIO()
    # Without a date: the same run gives the same page.
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()


def _referred(root: ElementTree.Element) -> set[str]:
    """The ids that something points to."""
    found = set()
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == HREF:
                found.add(value.removeprefix("#"))
            else:
                found.update(LOCAL.findall(value))
    return found


def _adapt(element: ElementTree.Element, name: str, wanted: set[str]) -> None:
    attributes = element.attrib
    if attributes.get("id") in wanted:
        attributes["id"] = f"{name}-{attributes['id']}"
    else:
        attributes.pop("id", None)
    if HREF in attributes:
        attributes[HREF] = "#" + f"{name}-{attributes[HREF].removeprefix('#')}"
    if "clip-path" in attributes:
        attributes["clip-path"] = LOCAL.sub(rf"url(#{name}-\1)", attributes["clip-path"])
    if "style" in attributes:
        style = COLOUR.sub(lambda found: f"var(--{ROLES[found.group()]})", attributes["style"])
        attributes["style"] = FAMILY.sub("", style)
    if element.tag == f"{{{SVG}}}path" and "d" in attributes:
        attributes["d"] = " ".join(attributes["d"].split())
