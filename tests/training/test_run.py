"""Training as a user runs it: what it writes, and that stopping leaves no trace in the result."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib

import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import ROOT
from textgan.cli.main import main
from textgan.training.settings import read_preset, resolve
from textgan.training.train import plan_run

TIMINGS = {"seconds", "steps_per_second", "memory_mb"}


def train(textgan, names, folder, steps, *more, **options):
    return textgan(
        "train", names, "--preset", "tiny", "--length", 8, "--threads", 1, "--out", folder,
        "--steps", steps, *more, **options,
    )  # fmt: skip


def begun(names, folder, *more):
    """A process that trains and has saved its first state."""
    command = [sys.executable, str(ROOT / "cli.py"), "train", str(names), "--preset", "tiny"]
    command += ["--length", "8", "--threads", "1", "--out", str(folder), *more]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ)
    while not (folder / "checkpoints").exists() and process.poll() is None:
        time.sleep(0.01)
    return process


def record(folder):
    lines = [json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in TIMINGS} for line in lines]


def same(a, b):
    for network in ("generator", "critic", "average", "generator_optimiser", "critic_optimiser"):
        name = f"checkpoints/00000030/{network}.safetensors"
        assert (a / name).read_bytes() == (b / name).read_bytes(), network
    assert (a / "samples/00000030.txt").read_bytes() == (b / "samples/00000030.txt").read_bytes()
    assert (a / "model/model.safetensors").read_bytes() == (
        b / "model/model.safetensors"
    ).read_bytes()
    assert record(a) == record(b)


@pytest.fixture(scope="module")
def whole(textgan, names, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    train(textgan, names, folder, 30, check=0)
    return folder


def test_the_run_folder_holds_what_is_documented(finished):
    assert sorted(p.name for p in finished.iterdir()) == [
        "checkpoints", "corpus.json", "model", "record.jsonl", "samples", "settings.toml",
        "tokenizer.json",
    ]  # fmt: skip
    assert sorted(p.name for p in (finished / "checkpoints").iterdir()) == ["00000010", "00000020"]
    assert sorted(p.name for p in (finished / "samples").iterdir()) == [
        "00000000.txt", "00000010.txt", "00000020.txt",
    ]  # fmt: skip
    assert sorted(p.name for p in (finished / "model").iterdir()) == [
        "README.md", "config.json", "critic.safetensors", "model.safetensors", "tokenizer.json",
    ]  # fmt: skip


def test_the_record_holds_every_term_with_mean_and_spread(finished):
    lines = [json.loads(line) for line in (finished / "record.jsonl").read_text().splitlines()]
    logged = [line for line in lines if "terms" in line]
    assert [line["step"] for line in logged] == [5, 10, 15, 20]
    for line in logged:
        assert set(line["terms"]) == {"wasserstein", "slope", "penalty", "generator_score"}
        assert all(len(pair) == 2 for pair in line["terms"].values())
        assert line["generator_gradient"] > 0 and line["critic_gradient"] > 0
        assert line["steps_per_second"] > 0 and line["memory_mb"] > 0
    scored = [line for line in lines if "scores" in line]
    assert [line["step"] for line in scored] == [0, 10, 20]
    assert {"js4", "js4_real", "unique"} <= set(scored[0]["scores"])


def test_the_same_seed_trains_the_same_run_and_another_another(textgan, names, whole, tmp_path):
    train(textgan, names, tmp_path / "again", 30, check=0)
    same(tmp_path / "again", whole)
    train(textgan, names, tmp_path / "other", 30, "--seed", 1, check=0)
    ours = load_file(tmp_path / "other/model/model.safetensors")["output.weight"]
    assert not ours.equal(load_file(whole / "model/model.safetensors")["output.weight"])


def test_threads_that_are_asked_for_are_taken_whatever_the_environment_says(
    names, tmp_path, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    asked = {"corpus.name": str(names), "corpus.length": 8, "training.threads": before + 1}
    try:
        plan = plan_run(resolve(read_preset("tiny"), asked), tmp_path / "run")
        assert torch.get_num_threads() == plan.settings.training.threads == before + 1
    finally:
        torch.set_num_threads(before)


def test_a_larger_number_of_steps_goes_on_and_ends_as_if_never_stopped(
    textgan, names, whole, tmp_path
):
    folder = tmp_path / "run"
    train(textgan, names, folder, 10, check=0)
    done = train(textgan, names, folder, 30, check=0)
    assert "from step 10" in done.stderr
    same(folder, whole)
    done = train(textgan, names, folder, 30, check=0)
    assert "complete at step 30" in done.stderr
    same(folder, whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, 1, 9])
def test_a_signal_loses_nothing(textgan, names, whole, tmp_path, number):
    folder = tmp_path / "run"
    process = begun(names, folder, "--steps", "30")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 0
        assert "the same command goes on" in err or "done" in err
    train(textgan, names, folder, 30, check=0)
    kept = {"checkpoints/00000030", "samples/00000030.txt"}
    assert all((folder / name).exists() for name in kept)
    same(folder, whole)


def test_another_setting_makes_another_run(textgan, names, finished):
    done = train(textgan, names, finished, 20, "--set", "network.width=32", check=2)
    assert "network.width=16" in done.stderr and "--fresh" in done.stderr


def test_fresh_asks_before_it_deletes(textgan, names, tmp_path):
    folder = tmp_path / "run"
    train(textgan, names, folder, 10, check=0)
    (folder / "notes.txt").write_text("mine")
    assert "--yes" in train(textgan, names, folder, 10, "--fresh", check=2).stderr
    assert (folder / "checkpoints/00000010").exists()
    train(textgan, names, folder, 10, "--fresh", "--yes", "--seed", 3, check=0)
    assert (folder / "notes.txt").read_text() == "mine"
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "thesis.tex").write_text("mine")
    assert "thesis.tex" in train(textgan, names, strange, 10, check=2).stderr
    done = train(textgan, names, strange, 10, "--fresh", "--yes", check=2)
    assert "not empty" in done.stderr and (strange / "thesis.tex").exists()


def test_fresh_deletes_nothing_before_another_run_can_begin(textgan, names, whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    for wrong in ((tmp_path / "nosuch.txt",), (names, "--set", "network.kernel=2")):
        textgan("train", *wrong, "--preset", "tiny", "--out", folder, "--fresh", "--yes", check=2)
    same(folder, whole)


def test_a_run_without_its_checkpoints_is_not_started_over(textgan, names, whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    shutil.rmtree(folder / "checkpoints")
    done = train(textgan, names, folder, 40, check=2)
    assert "came to step 30 and its checkpoints are gone" in done.stderr
    assert (folder / "model/model.safetensors").read_bytes() == (
        whole / "model/model.safetensors"
    ).read_bytes()
    train(textgan, names, folder, 10, "--fresh", "--yes", check=0)


def test_settings_and_seconds_are_those_of_the_whole_run(textgan, names, tmp_path):
    """What is said on going on stands in the settings; what is not said stays."""
    folder = tmp_path / "run"

    def at(step):
        return json.loads((folder / f"checkpoints/{step:08d}/state.json").read_text())["seconds"]

    train(textgan, names, folder, 10, "--set", "training.pieces=2", check=0)
    before = at(10)
    train(textgan, names, folder, 20, check=0)
    kept = tomllib.loads((folder / "settings.toml").read_text())["training"]
    assert kept["steps"] == 20 and kept["pieces"] == 2
    assert at(20) > before > 0


def test_a_damaged_checkpoint_is_named_and_the_one_before_it_used(textgan, names, whole, tmp_path):
    folder = tmp_path / "run"
    train(textgan, names, folder, 20, check=0)
    file = folder / "checkpoints/00000020/critic.safetensors"
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes(data)
    done = train(textgan, names, folder, 30, check=0)
    assert "00000020 is damaged" in done.stderr and "from step 10" in done.stderr
    same(folder, whole)


def test_a_checkpoint_cut_short_with_none_before_it_exits_2(textgan, names, tmp_path):
    folder = tmp_path / "run"
    train(textgan, names, folder, 10, "--keep", 1, check=0)
    file = folder / "checkpoints/00000010/critic.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    done = train(textgan, names, folder, 20, "--keep", 1, check=2)
    assert "no whole checkpoint" in done.stderr


def test_a_text_that_changed_is_noticed(textgan, names, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text(names.read_text())
    train(textgan, text, tmp_path / "run", 10, check=0)
    text.write_text(names.read_text() + "another\n")
    done = train(textgan, text, tmp_path / "run", 20, check=2)
    assert "not what the run" in done.stderr


def test_two_trainers_do_not_share_a_folder(textgan, names, tmp_path):
    folder = tmp_path / "run"
    first = begun(names, folder, "--minutes", "1")
    done = train(textgan, names, folder, 10, check=2)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert f"process {first.pid} on" in done.stderr


def test_divergence_stops_with_advice_and_the_last_good_checkpoint(textgan, names, tmp_path):
    done = train(
        textgan, names, tmp_path / "run", 30, "--set", "training.critic_rate=1e30", check=1
    )
    assert "not finite" in done.stderr and "training.critic_rate" in done.stderr
    assert [p.name for p in (tmp_path / "run/checkpoints").iterdir()] == ["00000000"]
    assert any("diverged" in line for line in record(tmp_path / "run"))


def test_a_full_disk_exits_1_and_what_was_saved_goes_on(textgan, names, whole, tmp_path):
    folder = tmp_path / "run"
    train(textgan, names, folder, 10, check=0)
    command = [sys.executable, str(ROOT / "cli.py"), "train", str(names), "--preset", "tiny"]
    command += ["--length", "8", "--threads", "1", "--out", str(folder), "--steps", "30"]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 8; exec "$@"', "bash", *command],
        capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "too large" in done.stderr and "Traceback" not in done.stderr
    kept = sorted(p.name for p in (folder / "checkpoints").iterdir())
    assert kept == ["00000000", "00000010"]
    train(textgan, names, folder, 30, check=0)
    same(folder, whole)


def test_dry_run_says_and_writes_nothing(textgan, names, tmp_path):
    done = train(textgan, names, tmp_path / "run", 10, "--dry-run", check=0)
    assert "dry run" in done.stderr and "parameters" in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_dry_run_refuses_what_the_run_would(textgan, names, whole, tmp_path, capsys):
    full, standing, file = tmp_path / "full", tmp_path / "run", tmp_path / "file"
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    file.write_text("mine")
    shutil.copytree(whole, standing)
    before = sorted(standing.rglob("*"))
    for folder, more, words in (
        (full, [], "is not empty and is not a run"),
        (standing, ["--fresh"], "add --yes to confirm"),
        (file, [], "is a file; name another folder"),
        (file / "in", [], "is a file; name another folder"),
    ):
        said = []
        for dry in ([], ["--dry-run"]):
            command = ["train", names, "--preset", "tiny", "--out", folder, *more, *dry]
            assert main([*map(str, command)]) == 2
            said.append(capsys.readouterr().err)
        assert said[0] == said[1] and words in said[0] and said[0].count("\n") == 1
    train(textgan, names, standing, 2, "--fresh", "--yes", "--dry-run", check=0)
    assert sorted(standing.rglob("*")) == before


def test_a_run_goes_on_with_as_many_states_as_it_kept(textgan, names, tmp_path):
    def kept(steps, *more):
        every = ("--set", "checkpoint.every=2")
        train(textgan, names, tmp_path / "run", steps, *every, *more, check=0)
        return [int(p.name) for p in sorted((tmp_path / "run/checkpoints").iterdir())]

    assert kept(6, "--keep", 3) == [2, 4, 6]
    assert kept(8) == [4, 6, 8]
    assert "keep = 3" in (tmp_path / "run/settings.toml").read_text()
    assert kept(10, "--keep", 1) == [10]


def test_a_view_that_is_not_installed_is_refused_before_a_run_begins(textgan, names, tmp_path):
    if importlib.util.find_spec("tensorboard"):
        pytest.skip("tensorboard is installed here")
    asked = ("--set", "record.tensorboard=true")
    for dry in ((), ("--dry-run",)):
        done = train(textgan, names, tmp_path / "run", 2, *asked, *dry, check=2)
        assert "textgan[tensorboard]" in done.stderr
        assert not (tmp_path / "run").exists()


def test_steps_and_minutes_of_one_command_both_count(textgan, names, tmp_path):
    more = ("--set", "training.minutes=5", "--dry-run")
    done = train(textgan, names, tmp_path / "run", 3, *more, check=0)
    assert "3 steps or 5 minutes" in done.stderr


def test_a_plan_tells_a_critic_of_another_shape(textgan, names, tmp_path):
    done = train(textgan, names, tmp_path / "run", 3, "--dry-run", check=0)
    assert "blocks\n" in done.stderr and "of a critic" not in done.stderr
    more = ("--set", "network.critic_width=24", "--set", "network.critic_blocks=3", "--dry-run")
    done = train(textgan, names, tmp_path / "run", 3, *more, check=0)
    assert "blocks; of a critic width 24, 3 blocks\n" in done.stderr


def test_standard_input_trains_and_resumes(textgan, names, tmp_path):
    common = ("--preset", "tiny", "--length", 8, "--threads", 1, "--out", tmp_path / "run")
    textgan("train", "-", *common, "--steps", 10, stdin=names.read_text(), check=0)
    done = textgan("train", "-", *common, "--steps", 20, stdin="", check=0)
    assert "from step 10" in done.stderr


def test_fewer_lines_than_a_batch(textgan, tmp_path):
    text = tmp_path / "few.txt"
    text.write_text("one\ntwo\nthree")
    done = train(textgan, text, tmp_path / "run", 10, check=0)
    assert "3 read, 3 kept" in done.stderr


@pytest.mark.parametrize("tokenizer", ["byte", "word", "bpe"])
def test_other_tokenizers_train_and_sample(textgan, names, tmp_path, tokenizer):
    more = ["--vocab-size", 60] if tokenizer == "bpe" else []
    train(textgan, names, tmp_path / "run", 10, "--tokenizer", tokenizer, *more, check=0)
    done = textgan("sample", tmp_path / "run", "-n", 3, check=0)
    assert done.stdout.count("\n") == 3


def test_counted_symbol_vectors_stay_through_a_stop(textgan, names, tmp_path):
    options = ("--set", "network.symbol_vectors=cooccurrence", "--set", "checkpoint.every=10")
    kept = []
    for steps in (10, 30):
        train(textgan, names, tmp_path / "run", steps, *options, check=0)
        kept.append(load_file(tmp_path / "run/model/model.safetensors")["output.weight"])
    train(textgan, names, tmp_path / "whole", 30, *options, check=0)
    same(tmp_path / "run", tmp_path / "whole")
    assert kept[0].equal(kept[1])
    assert kept[0].norm(dim=1).allclose(kept[0].new_tensor(0.5))
    lines = textgan("sample", tmp_path / "run", "-n", 5, check=0).stdout.splitlines()
    assert len(lines) == 5


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("g++"), reason="needs a C++ compiler")
def test_a_compiled_run_learns_what_an_eager_one_learns(textgan, names, tmp_path):
    exact = ("--set", "training.dtype=float64")
    train(textgan, names, tmp_path / "eager", 4, *exact, check=0)
    train(textgan, names, tmp_path / "compiled", 4, *exact, "--set", "training.compile=true",
          check=0, timeout=400)  # fmt: skip
    for network in ("generator", "critic", "average"):
        saved = [
            load_file(tmp_path / run / f"checkpoints/00000004/{network}.safetensors")
            for run in ("eager", "compiled")
        ]
        for name, value in saved[0].items():
            assert (value - saved[1][name]).abs().max() < 1e-9, name


@pytest.mark.parametrize("name", ["tokenizer.json", "corpus.json", "model/weights.pt", "samples/a"])
def test_a_run_does_not_begin_among_files_of_others(textgan, names, tmp_path, name):
    mine = tmp_path / "proj" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    for more in ((), ("--fresh", "--yes")):
        done = train(textgan, names, tmp_path / "proj", 10, *more, check=2)
        assert "is not a run" in done.stderr and name.partition("/")[0] in done.stderr
    assert mine.read_text() == "mine" and len(list((tmp_path / "proj").iterdir())) == 1


def test_what_was_on_can_be_switched_off(finished):
    from dataclasses import replace

    from textgan.training.runs import check_continuation, run_settings

    settings = run_settings(finished)
    off = replace(settings, training=replace(settings.training, graph=False, threads=0))
    found = check_continuation(finished, off).training
    assert found.graph is False and found.threads == settings.training.threads == 1


def test_other_text_by_standard_input_is_refused(textgan, tmp_path):
    options = ("train", "-", "--preset", "tiny", "--threads", 1, "--out", tmp_path / "run")
    lines = "".join(f"name{i}\n" for i in range(40))
    textgan(*options, "--steps", 3, stdin=lines, check=0)
    textgan(*options, "--steps", 5, stdin="", check=0)
    textgan(*options, "--steps", 6, stdin=lines, check=0)
    done = textgan(*options, "--steps", 7, stdin=lines.upper(), check=2)
    assert "is not what the run" in done.stderr


def test_the_card_says_of_which_step_its_scores_are(textgan, names, tmp_path):
    folder = tmp_path / "run"
    process = begun(names, folder, "--minutes", "5")
    process.terminate()
    process.communicate(timeout=60)
    assert "Scores while training, at step 0," in (folder / "model/README.md").read_text()
