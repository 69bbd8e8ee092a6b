"""Valid files made wrong: bytes flipped, cut and put in; values of JSON and TOML exchanged."""

import copy
import json

from hypothesis import strategies as st

NASTY = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\r", b"\x1b[2J", b'"', b"'", b"\\",
    b",", b"[", b"{", b"-1", b"0", b"1e999", b"NaN", b"9" * 5000, b"[" * 3000, b'{"a":' * 3000,
    b"../", b"../../../../etc/passwd", b"\n" * 100, b" " * 1000, b"\xe2\x80\xae", b"true",
    b"null", b"%s", b"\x1f\x8b\x08", b"PK\x03\x04", b"\x80\x04\x95", b"\x28\xb5\x2f\xfd", b"PAR1",
)  # fmt: skip


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.sampled_from([-1, 0, 2**31, 2**63, 10**9, 10**30, -(10**400), 1e308, -1e-308]),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "../../x", "/etc/passwd", "\ud800", "a\nb", "\0", "x" * 10_000, "{{7*7}}"]
    ),
    st.sampled_from([[], {}, [[]], {"": ""}, [None], nested(50), nested(700)]),
    st.lists(st.integers() | st.text(max_size=3), max_size=4),
    st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=3), max_size=3),
)


@st.composite
def bytes_damaged(draw, whole):
    """`whole` after one to four edits, or other bytes altogether."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.binary(max_size=200))
    data = whole
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["flip", "cut", "end", "insert", "nasty", "again"]))
        if kind == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at] + data[at + draw(st.integers(1, 60)) :]
        elif kind == "end":
            data = data[:at]
        elif kind == "insert":
            data = data[:at] + draw(st.binary(min_size=1, max_size=12)) + data[at:]
        elif kind == "nasty":
            data = data[:at] + draw(st.sampled_from(NASTY)) + data[at:]
        else:
            data = data[:at] + data[max(0, at - draw(st.integers(1, 300))) :]
    return data


@st.composite
def tree_damaged(draw, tree):
    """A tree of dicts and lists with one to three of its values or keys exchanged."""
    tree = json.loads(json.dumps(tree))
    for _ in range(draw(st.integers(1, 3))):
        place = tree
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            inner = place[key]
            if isinstance(inner, dict | list) and inner and draw(st.integers(0, 3)):
                place = inner
                continue
            kind = draw(st.integers(0, 9))
            if kind == 0:
                del place[key]
            elif kind == 1 and isinstance(place, dict):
                place[draw(st.text(max_size=6) | st.sampled_from(["__class__", "../x"]))] = inner
            else:
                place[key] = copy.deepcopy(draw(VALUES))  # since it may be damaged in turn
            break
    return tree


@st.composite
def json_damaged(draw, whole):
    """The bytes of a JSON file, wrong within the syntax or against it."""
    if draw(st.booleans()):
        return draw(bytes_damaged(whole))
    tree = draw(tree_damaged(json.loads(whole)))
    return json.dumps(tree, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


@st.composite
def toml_damaged(draw, tree):
    """The bytes of a TOML file made from `tree`, likewise."""
    import tomli_w

    if draw(st.booleans()):
        return draw(bytes_damaged(tomli_w.dumps(tree).encode()))
    try:
        text = tomli_w.dumps(draw(tree_damaged(tree)))
    except (TypeError, ValueError, RecursionError):  # a value that TOML has no word for
        text = tomli_w.dumps(tree) + "x = "
    return text.encode(errors="surrogatepass")
