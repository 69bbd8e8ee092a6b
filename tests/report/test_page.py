import json
import re
import shutil
from itertools import pairwise

import pytest

from tests.report.conftest import HOSTILE
from tests.report.markup import leaves_the_file, take_apart
from textgan.errors import InputError
from textgan.report.page import ROWS, write_report
from textgan.report.visible import visible

SECTIONS = [
    "samples", "training", "scores", "beside", "memory", "walks", "trade", "corpus", "settings",
    "repeat",
]  # fmt: skip
FIGURES = {
    "curve", "slope", "penalty", "gradients", "scores", "ngrams1", "ngrams3", "lengths", "sweep",
}  # fmt: skip


@pytest.fixture(params=["finished", "hostile"])
def page(pages, request):
    return take_apart(pages[request.param].page.read_text(encoding="utf-8"))


def test_every_section_and_every_figure_stands(pages, page):
    assert [h.attributes["id"] for h in page.all("h2")] == SECTIONS
    assert len(page.all("svg")) == len(FIGURES)
    for written in pages.values():
        assert {path.stem for path in written.figures} == FIGURES
        assert all(path.read_bytes().startswith(b"\x89PNG") for path in written.figures)
        assert written.missing == []
        assert written.page.stat().st_size < 5_000_000


def test_nothing_leaves_the_file_and_nothing_runs(page):
    assert leaves_the_file(page) == []
    assert page.all("script", "iframe", "object", "embed", "img", "base", "form") == []
    policy = next(m for m in page.all("meta") if "http-equiv" in m.attributes)
    assert "default-src 'none'" in policy.attributes["content"]


def test_generated_text_stays_text(pages):
    html = pages["hostile"].page.read_text(encoding="utf-8")
    page = take_apart(html)
    shown = [element.text for element in page.all("bdi")]
    for line in HOSTILE:
        assert visible(line) in shown
    assert "blank" in [element.text for element in page.all("em")]
    assert "··[1m" in shown, "control characters are dots"
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", html)
    assert page.all("h1")[0].text == "<img src=x onerror=alert(1)> \" onload='x' $x$ {{7*7}}"
    assert page.all("title")[0].text.startswith("<img src=x")


def test_labels_of_charts_are_text_too(pages):
    page = take_apart(pages["hostile"].page.read_text(encoding="utf-8"))
    labels = {element.text for element in page.all("text")}
    assert "$x$" in labels and "$$x" in labels


def test_a_reader_without_eyes_finds_the_way(page):
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    for landmark in ("main", "header", "nav", "footer"):
        assert len(page.all(landmark)) == 1
    levels = [int(h.tag[1]) for h in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    first = page.all("a")[0]
    assert first.attributes["href"] == "#main"
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        for name in ("href", "xlink:href"):
            if element.attributes.get(name, "").startswith("#"):
                assert element.attributes[name][1:] in ids
        for name in ("aria-labelledby",):
            assert element.attributes.get(name, ids[0]) in ids


def test_figures_and_tables_say_what_they_are(page):
    for svg in page.all("svg"):
        assert svg.attributes["role"] == "img"
        assert len(re.findall(r"\d", svg.attributes["aria-label"])) >= 4
    assert all("caption" in {e.tag for e in page.elements} for _ in page.all("table"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(th.attributes.get("scope") in ("row", "col") for th in page.all("th"))
    for region in (e for e in page.elements if e.attributes.get("class") == "scroll"):
        assert region.attributes["role"] == "region" and region.attributes["tabindex"] == "0"


def test_figures_take_their_colours_from_the_page(pages):
    html = pages["finished"].page.read_text(encoding="utf-8")
    svg = "".join(re.findall(r"<svg.*?</svg>", html, re.S))
    assert "var(--samples)" in svg and "var(--real)" in svg
    colours = set(re.findall(r"(?:fill|stroke): (#\w+)", svg))
    assert colours <= {"#000000"}, "a fixed colour would vanish on a dark page"
    assert "font-family" not in svg


def test_the_same_run_gives_the_same_page(finished, pages, tmp_path):
    again = write_report(finished, tmp_path / "again.html").page
    assert again.read_bytes() == pages["finished"].page.read_bytes()


def test_real_text_is_text_that_was_held_out(finished, pages):
    from textgan.text.splits import spread
    from textgan.training.runs import run_corpus

    page = take_apart(pages["finished"].page.read_text(encoding="utf-8"))
    (real,) = (e for e in page.all("div") if e.attributes.get("class") == "real")
    shown = [line for line in real.text.split("\n") if line]
    assert shown == ["Real text", *spread(run_corpus(finished).lines("test"), ROWS)]


def test_an_evaluation_is_shown(textgan, finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    textgan("evaluate", run, "-n", 100, "--scores", "js2,unique", check=0)
    page = take_apart(write_report(run).page.read_text(encoding="utf-8"))
    (caption,) = [c.text for c in page.all("caption") if "textgan evaluate" in c.text]
    assert "16 samples" in caption and "95 % error bars" in caption


def test_a_run_that_has_just_begun_says_what_is_missing(finished, tmp_path, monkeypatch):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    for name in ("model", "checkpoints", "samples"):
        shutil.rmtree(run / name)
    record = run / "record.jsonl"
    record.write_text(record.read_text().splitlines()[0] + "\n")
    settings = run / "settings.toml"
    text = re.sub('name = ".*names.txt"', 'name = "/gone/names.txt"', settings.read_text())
    settings.write_text(text)
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "empty"))
    written = write_report(run)
    told = "\n".join(written.missing)
    for words in ("/gone/names.txt", "The model: none is saved", "The samples: none", "curves"):
        assert words in told
    page = take_apart(written.page.read_text(encoding="utf-8"))
    assert [h.attributes["id"] for h in page.all("h2")] == [
        "missing", "scores", "corpus", "settings", "repeat",
    ]  # fmt: skip
    assert all(sentence in page.all("aside")[0].text for sentence in written.missing)


DAMAGES = (
    {
        "record.jsonl": '5\n{"step": "x"}\n{"step": 3, "terms": 7, "scores": [1]}\nnot json',
        "corpus.json": "[]",
        "scores.jsonl": "nonsense",
        "samples/00000020.txt": "",
    },
    {
        "record.jsonl": '{"step": 1, "terms": {"slope": ["a", NaN]}, "scores": {"js1": null}}\n',
        "corpus.json": '{"prepared": "x", "summary": {"read": 1}}',
        "scores.jsonl": json.dumps({"scores": {"<b>": {"value": "high"}, "y": 3}}),
        "model/config.json": "{}",
        "samples/00000010.txt": "\udcff",
    },
)


@pytest.mark.parametrize("damages", DAMAGES)
def test_damaged_files_cost_their_parts_of_the_page_alone(finished, tmp_path, damages):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    for name, content in damages.items():
        (run / name).write_text(content, encoding="utf-8", errors="surrogateescape")
    written = write_report(run)
    told = "\n".join(written.missing)
    assert "corpus.json" in told and "curves" in told
    assert ("The model" in told) == ("model/config.json" in damages)
    page = take_apart(written.page.read_text(encoding="utf-8"))
    assert {"samples", "settings", "repeat"} <= {h.attributes["id"] for h in page.all("h2")}


def test_training_that_diverged_is_told(finished, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    with (run / "record.jsonl").open("a") as file:
        file.write('{"step": 25, "diverged": "slope"}\n')
    assert any("'slope' was not finite at 25" in line for line in write_report(run).missing)


def test_no_run_is_told(tmp_path):
    with pytest.raises(InputError, match="not a run folder"):
        write_report(tmp_path)


def test_real_text_is_not_compared_with_itself(finished, tmp_path, monkeypatch):
    from textgan.report import page as module
    from textgan.training.runs import run_corpus

    seen = {}

    def look(model, **given):
        seen.update(given)
        raise InputError("enough")

    monkeypatch.setattr(module, "sweep", look)
    write_report(finished, tmp_path / "page.html")
    corpus = run_corpus(finished)
    assert list(seen["reference"]) == corpus.lines("test")
    assert list(seen["real"]) == corpus.lines("validation")
    assert list(seen["train"]) == corpus.lines("train")


def test_a_run_by_the_clock_is_repeated_by_its_steps(textgan, names, tmp_path):
    run = tmp_path / "run"
    options = ("--preset", "tiny", "--threads", 1, "--minutes", 0.02, "--steps", 1_000_000)
    textgan("train", names, *options, "--out", run, check=0)
    html = write_report(run, tmp_path / "page.html").page.read_text(encoding="utf-8")
    steps = json.loads((run / "model/config.json").read_text())["facts"]["steps"]
    command = take_apart(html).all("pre")[-1].text
    assert f"--steps {steps}" in command.replace("\\\n", "") and "--minutes" not in command
