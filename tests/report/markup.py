"""An HTML page taken apart, without a browser."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict
    text: str = ""
    inside: tuple = ()


@dataclass
class Page(HTMLParser):
    elements: list = field(default_factory=list)
    open: list = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attributes):
        inside = tuple(element.tag for element in self.open)
        element = Element(tag, dict(attributes), inside=inside)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        inside = tuple(element.tag for element in self.open)
        self.elements.append(Element(tag, dict(attributes), inside=inside))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1].tag == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element.text += data

    def all(self, *tags):
        return [element for element in self.elements if element.tag in tags]


def take_apart(html):
    page = Page()
    page.feed(html)
    page.close()
    assert not page.open, f"left open: {page.open}"
    return page


ADDRESSES = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "formaction"}


def leaves_the_file(page):
    """Every address in the page that is neither data nor a place within it."""
    found = []
    for element in page.elements:
        for name, value in element.attributes.items():
            value = value or ""
            if name in ADDRESSES and not value.startswith(("#", "data:")):
                found.append(value)
            if name == "style":
                found += outside(value)
            assert not name.startswith("on"), f"{element.tag} has {name}"
    for style in page.all("style"):
        found += outside(style.text)
    return found


def outside(css):
    addresses = re.findall(r"url\(\s*['\"]?([^)'\"]*)", css)
    return [a for a in addresses if not a.startswith(("#", "data:"))] + re.findall("@import", css)
