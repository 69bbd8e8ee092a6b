"""`textgan baseline` as a real process on a text file."""

import pytest

from tests.cli.process import textgan, write
from tests.metrics.texts import captions


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    return write(tmp_path / "corpus.txt", dict.fromkeys(captions(600, 1)))


def test_writes_exactly_n_lines_and_repeats(corpus, tmp_path):
    done = textgan("baseline", "ngram", corpus, "-n", 30, "--seed", 4)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 30
    assert "6-gram model" in done.stderr
    assert "perplexity" in done.stderr
    out = tmp_path / "lines.txt"
    again = textgan("baseline", "ngram", corpus, "-n", 30, "--seed", 4, "--out", out)
    assert (again.returncode, again.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == done.stdout
    other = textgan("baseline", "ngram", corpus, "-n", 30, "--seed", 5)
    assert other.stdout != done.stdout


def test_words_and_order(corpus):
    options = ("--level", "word", "--order", 2, "--length", 200)
    done = textgan("baseline", "ngram", corpus, "-n", 50, *options)
    assert "word 2-gram model" in done.stderr
    assert set(done.stdout.split()) <= set(" ".join(captions(600, 1)).split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ngrm", "CORPUS"), "unknown baseline 'ngrm'; did you mean ngram"),
        (("ngram", "CORPUS", "-n", "0"), "-n 0"),
        (("ngram", "CORPUS", "--order", "0"), "--order 0"),
        (("ngram", "CORPUS", "--seed", "-2"), "--seed -2"),
        (("ngram", "absent.txt"), "absent.txt"),
        (("ngram",), "CORPUS"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(corpus, arguments, words):
    done = textgan("baseline", *(str(corpus) if a == "CORPUS" else a for a in arguments))
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert done.stdout == ""
