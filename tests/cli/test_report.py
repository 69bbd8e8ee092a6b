import shutil

import pytest


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report") / "run"
    shutil.copytree(finished, folder)
    return folder


def test_the_page_stands_in_the_run(textgan, run):
    done = textgan("report", run, "--threads", 1, check=0)
    assert done.stdout == f"{run / 'report.html'}\n"
    assert (run / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "lacking" not in done.stderr and "Warning" not in done.stderr
    # The page is no part of the run: training goes on, and starting over leaves it.
    assert "complete" in textgan("train", *again(run), check=0).stderr


def again(run):
    import tomllib

    name = tomllib.loads((run / "settings.toml").read_text())["corpus"]["name"]
    return (name, "--preset", "tiny", "--length", 8, "--out", run)


def test_page_and_figures_go_where_they_are_sent(textgan, run, tmp_path):
    out, figures = tmp_path / "a" / "page.html", tmp_path / "b" / "figures"
    textgan("report", run, "--out", out, "--figures", figures, "--threads", 1, check=0)
    assert [path.name for path in out.parent.iterdir()] == ["page.html"]
    assert {path.suffix for path in figures.iterdir()} == {".png"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--out", "."), "--out .: is a folder"),
        (("--figures", "{run}/settings.toml"), "is a file"),
        (("--threads", "0"), "--threads 0"),
    ],
)
def test_bad_options_exit_2_in_a_line(textgan, run, options, words):
    done = textgan("report", run, *(option.format(run=run) for option in options), check=2)
    assert words in done.stderr and done.stderr.count("\n") == 1 and done.stdout == ""


def test_what_is_no_run_exits_2(textgan, run, tmp_path):
    assert "not a run folder" in textgan("report", tmp_path, check=2).stderr
    assert "not a run folder" in textgan("report", run / "model", check=2).stderr
    assert "not a run folder" in textgan("report", tmp_path / "none", check=2).stderr
