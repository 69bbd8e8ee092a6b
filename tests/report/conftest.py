"""A run whose text means harm, made by really training on it."""

import itertools

import pytest

HOSTILE = (
    "<script>alert(1)</script>",
    '" onload=alert(1) x="',
    "$x$$x$$x$$x$\\frac{1}",
    "{{7*7}} {% raw %}",
    "</svg></style><img src=x>",
    "a\u202eb & 名前 \u0d9c\u0dba",
)


@pytest.fixture(scope="session")
def hostile(textgan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    text = folder / "<img src=x onerror=alert(1)> \" onload='x' $x$ {{7*7}}.txt"
    lines = [f"{a}{i}" for a, i in itertools.product(HOSTILE, range(40))]
    text.write_text("\n".join(lines), encoding="utf-8")
    run = folder / "run"
    options = ("--preset", "tiny", "--length", 24, "--threads", 1)
    textgan("train", text, *options, "--out", run, check=0)
    (run / "samples" / "00000020.txt").write_text("\n".join((*HOSTILE, "", "\x00\x1b[1m")) + "\n")
    return run


@pytest.fixture(scope="session")
def pages(finished, hostile, tmp_path_factory):
    """The pages of a harmless and of a hostile run, and their figures."""
    from textgan.report.page import write_report

    folder = tmp_path_factory.mktemp("pages")
    made = {}
    for name, run in (("finished", finished), ("hostile", hostile)):
        made[name] = write_report(run, folder / f"{name}.html", folder / f"{name} figures")
    return made
