"""What must hold of a run folder at any moment, and how two finished ones are compared."""

import hashlib
import json
import tomllib

from safetensors.torch import load_file

TIMINGS = {"seconds", "steps_per_second", "memory_mb"}
OPTIONS = (
    "--preset", "tiny", "--length", 8, "--threads", 1, "--set", "checkpoint.every=1",
    "--set", "record.every=1", "--set", "record.score_every=3",
)  # fmt: skip
"""A run that spends most of its life writing."""


def record(folder):
    lines = [json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in TIMINGS} for line in lines]


def config(folder):
    facts = json.loads((folder / "model/config.json").read_text())
    del facts["facts"]["seconds"]
    return facts


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def same(folder, whole):
    """Everything is what it is in `whole`, byte for byte, but for the timings."""
    assert names(folder) == names(whole), {*names(folder)} ^ {*names(whole)}
    for name in names(whole):
        told = name.endswith(("state.json", "record.jsonl", "config.json", "README.md", ".toml"))
        if (whole / name).is_file() and not told:
            assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
    assert record(folder) == record(whole)
    assert config(folder) == config(whole)


def sound(folder, whole):
    """Every file that stands under its name is whole; samples are those of `whole`."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if path.is_dir() or any(part.startswith(".") for part in inside.parts):
            continue
        if path.suffix == ".json":
            json.loads(path.read_text())
        elif path.suffix == ".toml":
            tomllib.loads(path.read_text())
        elif path.suffix == ".safetensors":
            load_file(path)
        elif path.suffix == ".txt":
            assert path.read_bytes() == (whole / inside).read_bytes()
        elif path.suffix == ".jsonl":
            *lines, last = path.read_text().split("\n")
            for line in lines:
                assert "step" in json.loads(line)
            assert not last.endswith("}")
        else:
            assert path.name == "README.md"
    for place in (folder / "checkpoints").glob("[0-9]*"):
        facts = json.loads((place / "state.json").read_text())
        for name, digest in facts["sha256"].items():
            assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest
