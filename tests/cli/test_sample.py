import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.cli.process import on_a_terminal
from tests.conftest import ROOT
from textgan.cli import sample
from textgan.model import TextGAN
from textgan.networks.generator import Generator
from textgan.text.tokenizer import Tokenizer


def test_exactly_n_lines_the_same_for_the_same_seed(textgan, finished):
    first = textgan("sample", finished, "-n", 300, "--seed", 4, check=0).stdout
    assert first.count("\n") == 300
    assert textgan("sample", finished, "-n", 7, "--seed", 4, check=0).stdout == "".join(
        line + "\n" for line in first.split("\n")[:7]
    )
    assert textgan("sample", finished, "-n", 0, check=0).stdout == ""


def test_jsonl_carries_seed_index_and_score(textgan, finished):
    out = textgan("sample", finished, "-n", 3, "--seed", 2, "--format", "jsonl", check=0).stdout
    lines = [json.loads(line) for line in out.splitlines()]
    assert [(line["seed"], line["index"]) for line in lines] == [(2, 0), (2, 1), (2, 2)]
    text = textgan("sample", finished, "-n", 3, "--seed", 2, check=0).stdout
    assert [line["text"] for line in lines] == text.split("\n")[:-1]
    assert all(line["score"] <= 0 for line in lines)


def test_unique_lines_are_distinct_and_a_shortage_is_told(textgan, finished):
    done = textgan("sample", finished, "-n", 50, "--unique", "--temperature", 1, check=0)
    lines = done.stdout.split("\n")[:-1]
    assert len(lines) == len(set(lines)) == 50
    done = textgan("sample", finished, "-n", 100000, "--unique", "--truncation", 0.001, check=0)
    found = done.stdout.count("\n")
    assert found < 100000 and f"found {found:,} distinct" in done.stderr


def test_novel_lines_are_none_of_the_run_s_text(textgan, finished, names, tmp_path):
    text = set(names.read_text().split("\n"))
    plain = textgan("sample", finished, "-n", 4000, "--temperature", 0.5, check=0).stdout
    drawn = plain.split("\n")[:-1]
    new = [line for line in drawn if line.strip() and line.strip() not in text]
    assert 1000 < len(new) < 4000
    args = ("-n", len(new), "--temperature", 0.5, "--novel")
    done = textgan("sample", finished, *args, check=0)
    assert done.stdout.split("\n")[:-1] == new and done.stderr == ""
    model = finished / "model"
    assert textgan("sample", model, *args, "--train", names, check=0).stdout == done.stdout
    out = tmp_path / "new.jsonl"
    textgan("sample", finished, *args, "--unique", "--format", "jsonl", "--out", out, check=0)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len({line["text"] for line in lines}) == len(lines) == len(new)
    told = [line for line in lines if line["index"] < 4000]
    assert [line["text"] for line in told] == list(dict.fromkeys(new))
    assert all(drawn[line["index"]] == line["text"] for line in told)


def test_novelty_needs_a_text(textgan, finished, tmp_path):
    done = textgan("sample", finished / "model", "--novel", check=2)
    assert "--novel" in done.stderr and "--train" in done.stderr and done.stdout == ""
    lost = tmp_path / "lost"
    shutil.copytree(finished, lost)
    settings = (lost / "settings.toml").read_text()
    settings = re.sub(r'name = ".*names.txt"', f'name = "{tmp_path}/gone.txt"', settings)
    (lost / "settings.toml").write_text(settings)
    done = textgan("sample", lost, "--novel", env={"TEXTGAN_CACHE": str(tmp_path)}, check=2)
    assert "gone.txt" in done.stderr and "--train" in done.stderr and done.stdout == ""
    done = textgan("sample", finished, "--train", tmp_path / "none.txt", check=2)
    assert "--train" in done.stderr and "--novel" in done.stderr
    done = textgan("sample", finished, "--novel", "--train", tmp_path / "none.txt", check=2)
    assert "none.txt" in done.stderr


def test_a_shortage_of_novel_lines_is_told(textgan, finished, tmp_path):
    cold = ("--truncation", 0.001)
    written = textgan("sample", finished, "-n", 2000, *cold, check=0).stdout
    (tmp_path / "all.txt").write_text(written)
    more = ("--novel", "--train", tmp_path / "all.txt", "--unique")
    done = textgan("sample", finished, "-n", 100000, *cold, *more, check=0)
    found = done.stdout.count("\n")
    assert not set(done.stdout.split()) & set(written.split())
    assert f"found {found:,} distinct and novel lines" in done.stderr
    assert "repeats itself or its text" in done.stderr


def test_the_best_of_several_are_chosen_by_the_run_s_own_critic(textgan, finished):
    best = textgan("sample", finished, "-n", 40, "--best-of", 4, check=0).stdout.split("\n")[:-1]
    model = TextGAN.from_pretrained(finished)
    assert best == model.sample(40, best_of=4) != model.sample(40)


def test_a_model_without_a_critic_says_so(textgan):
    done = textgan("sample", ROOT / "tests/golden/model", "--best-of", 4, check=2)
    assert "saved without the critic" in done.stderr and done.stdout == ""


def test_out_writes_the_whole_file(textgan, finished, tmp_path):
    textgan("sample", finished, "-n", 20, "--out", tmp_path / "a/b.txt", check=0)
    assert (tmp_path / "a/b.txt").read_text().count("\n") == 20
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b.txt"]


def test_a_reader_that_leaves_stops_it_quietly(finished):
    command = f"{sys.executable} {ROOT / 'cli.py'} sample {finished} -n 10000000 | head -2"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    assert done.stdout.count("\n") == 2 and done.stderr == ""
    assert done.returncode == 0


def test_a_model_folder_elsewhere_is_enough(textgan, finished, tmp_path):
    shutil.copytree(finished / "model", tmp_path / "m")
    ours = textgan("sample", tmp_path / "m", "-n", 5, check=0).stdout
    assert ours == textgan("sample", finished, "-n", 5, check=0).stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-n", "-3"], "-n -3"),
        (["-n", "x"], "-n"),
        (["--format", "jsno"], "did you mean json"),
        (["--temperature", "-1"], "--temperature -1"),
        (["--truncation", "0"], "--truncation 0"),
        (["--temperature", "nan"], "--temperature nan"),
        (["--truncation", "nan"], "--truncation nan"),
        (["--best-of", "0"], "--best-of 0"),
        (["--threads", "-2"], "--threads -2"),
        (["--device", "tpu"], "--device tpu"),
    ],
)
def test_bad_options_exit_2_in_a_line(textgan, finished, arguments, words):
    done = textgan("sample", finished, *arguments, check=2)
    assert words in done.stderr and done.stderr.count("\n") <= 2
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_a_folder_that_is_no_run_exits_2(textgan, tmp_path):
    done = textgan("sample", tmp_path, check=2)
    assert "not a model" in done.stderr
    assert "no such run" in textgan("sample", tmp_path / "no", check=2).stderr


def test_a_full_disk_exits_1_and_leaves_nothing(finished, tmp_path):
    out = tmp_path / "o.txt"
    sample = f"{sys.executable} {ROOT / 'cli.py'} sample {finished} -n 100000"
    command = f"ulimit -f 8; exec {sample} --out {out}"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, timeout=60, env=os.environ
    )
    assert done.returncode == 1 and "too large" in done.stderr.lower()
    assert list(tmp_path.iterdir()) == []
    done = subprocess.run(
        ["bash", "-c", f"{sample} > /dev/full"],
        capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 1 and "No space left" in done.stderr


def test_a_terminal_is_not_steered_by_what_is_written(tmp_path):
    """A model of a stranger may write control characters; a file gets them as they are."""
    lines = ["a\x1b]0;taken\x07", "\u202eb\u009b"]
    tokenizer = Tokenizer.train("char", lines)
    generator = Generator(vocab=tokenizer.vocab_size, length=8, width=8, blocks=1, latent=8)
    TextGAN(tokenizer, generator).save_pretrained(tmp_path / "model")
    command = [sys.executable, str(ROOT / "cli.py"), "sample", str(tmp_path / "model"), "-n", "300"]
    piped = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    shown = on_a_terminal("stdout", *command)
    steering = str.maketrans(dict.fromkeys("\x1b\x07\u202e\u009b", "·"))
    assert "\x1b" in piped
    assert shown == piped.translate(steering)


def test_distinct_lines_are_counted_at_times(monkeypatch, capsys):
    tell = sample.count_at_times(3_000_000)
    tell(1_000)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sample, "SECONDS_BETWEEN_LINES", 0)
    tell(1_200_000)
    assert capsys.readouterr().err == "found 1,200,000 of 3,000,000\n"
