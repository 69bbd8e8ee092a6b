import pytest

import textgan as package
from textgan.cli.main import VERBS, top_help


def test_help_names_every_verb_and_imports_nothing_heavy(textgan):
    done = textgan("--help", check=0)
    assert done.stdout == top_help() and all(verb in done.stdout for verb in VERBS)
    import subprocess
    import sys

    from tests.conftest import ROOT

    code = (
        "import sys; sys.argv=['x','--help']; from textgan.cli.main import main; main();"
        "heavy={'torch','numpy','datasets','tokenizers','sentencepiece','rich'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True).returncode == 0
    )


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_explains_itself(textgan, verb):
    done = textgan(verb, "--help", check=0)
    assert f"textgan {verb}" in done.stdout


def test_version(textgan):
    assert textgan("--version", check=0).stdout == f"textgan {package.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "did you mean train"),
        (["train"], "CORPUS"),
        (["train", "surnames", "--preset", "smal"], "did you mean small"),
        (["train", "surnames", "--objective", "wgan"], "wgan-gp"),
        (["train", "surnames", "--tokenizer", "chra"], "did you mean char"),
        (["train", "surname"], "did you mean surnames"),
        (["train", "surnames", "--set", "network.widht=3"], "did you mean network.width"),
        (["train", "surnames", "--set", "network.width=0"], "greater than 0"),
        (["train", "surnames", "--length", "0"], "length"),
        (["train", "surnames", "--steps", "0"], "training.steps is 0"),
        (["train", "no/such/file.txt"], "no such file"),
        (["train", "surnames", "--config", "no.toml"], "no such file"),
        (["train", "surnames", "--device", "tpu"], "--device tpu"),
        (["train", "surnames", "--threads", "-1"], "training.threads is -1"),
        (["train", "surnames", "--seed", "-1"], "training.seed is -1"),
        (["train", "surnames", "--seed", "9" * 30], "below 2^63"),
        (["train", "surnames", "--frobnicate"], "--frobnicate"),
    ],
)
def test_bad_input_exits_2_in_a_line_and_leaves_nothing(textgan, tmp_path, arguments, words):
    done = textgan(*arguments, check=2, cwd=tmp_path)
    assert words in done.stderr, done.stderr
    assert done.stderr.count("\n") <= 2 and "Traceback" not in done.stderr
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert [p for p in tmp_path.rglob("*") if p != tmp_path / "runs"] == []


def test_a_read_only_place_exits_1(textgan, names, tmp_path):
    done = textgan("train", names, "--preset", "tiny", "--length", 8, "--out", "/proc/run", check=1)
    assert "/proc/run" in done.stderr and "Traceback" not in done.stderr


def test_messages_steer_no_terminal(textgan, tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("a,\x1b]0;taken\x07\nb,c\n")
    done = textgan("train", table, "--column", "text", "--dry-run", check=2)
    assert "\x1b" not in done.stderr and "·]0;taken·" in done.stderr


def test_what_an_encoding_lacks_is_spelled_out(textgan, names, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("".join(f"stella{i}\n" for i in range(30)))
    options = ("compare", names, other, "--reference", names)
    done = textgan(*options, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, check=0)
    assert "\\u2248 does not" in done.stdout


@pytest.mark.parametrize("threads", [0, 100_000])
def test_as_many_threads_as_a_machine_may_have(textgan, names, finished, tmp_path, threads):
    more = ("--threads", threads)
    for command in (("sample", finished), ("report", finished, "--out", tmp_path / "x.html")):
        done = textgan(*command, *more, check=2)
        assert f"--threads {threads}: give 1 to" in done.stderr
    if threads:
        textgan("train", names, "--steps", 1, "--out", tmp_path / "run", *more, check=2)
