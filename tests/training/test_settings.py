import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from textgan.errors import InputError
from textgan.training.settings import (
    FREE_TO_CHANGE,
    flatten,
    keys,
    preset_names,
    read_assignments,
    read_file,
    read_preset,
    resolve,
    write_text,
)


@pytest.mark.parametrize("name", preset_names())
def test_every_shipped_preset_resolves_and_says_how_long(name):
    settings = resolve(read_preset(name), {"corpus.name": "surnames"})
    assert settings.training.steps or settings.training.minutes


def test_the_shipped_presets():
    assert {"tiny", "quickstart", "small", "paper", "ttur"} <= set(preset_names())


def test_the_paper_preset_is_the_papers():
    flat = flatten(resolve(read_preset("paper")))
    expected = {
        "network.width": 512,
        "network.blocks": 5,
        "network.kernel": 5,
        "network.residual_scale": 0.3,
        "network.latent": 128,
        "network.head": "flatten",
        "objective.name": "wgan-gp",
        "training.batch": 64,
        "training.critic_steps": 10,
        "training.generator_rate": 1e-4,
        "training.critic_rate": 1e-4,
        "training.beta1": 0.5,
        "training.beta2": 0.9,
        "training.steps": 200_000,
    }
    assert {key: flat[key] for key in expected} == expected


def test_later_sources_win_and_steps_replace_minutes():
    settings = resolve({"network.width": 8, "training.minutes": 3.0}, {"training.steps": 7})
    assert settings.network.width == 8
    assert (settings.training.steps, settings.training.minutes) == (7, None)


@pytest.mark.parametrize(
    ("flat", "words"),
    [
        ({"network.widht": 3}, ["unknown key 'network.widht'", "network.width"]),
        ({"network.width": 0}, ["network.width is 0", "greater than 0"]),
        ({"objective.penalty_weight": float("inf")}, ["penalty_weight is inf", "finite"]),
        ({"training.critic_rate": float("nan")}, ["critic_rate is nan", "finite"]),
        ({"network.width": "big"}, ["network.width is 'big'", "int"]),
        ({"network.width": True}, ["network.width is True"]),
        ({"network.head": "men"}, ["network.head 'men'", "mean"]),
        ({"network.kernel": 4}, ["network.kernel is 4", "odd"]),
        ({"training.beta2": 1.0}, ["training.beta2 is 1.0"]),
        ({"training.steps": -1}, ["training.steps is -1"]),
        ({"objective.penalty_weight": -1}, ["objective.penalty_weight is -1"]),
        ({"corpus.length": 0}, ["corpus.length is 0"]),
    ],
)
def test_bad_values_name_key_value_and_remedy(flat, words):
    with pytest.raises(InputError) as error:
        resolve(flat)
    assert all(word in str(error.value) for word in words)


def test_a_weight_belongs_to_the_objective_it_was_given_for():
    def weight(*sources):
        return resolve(*sources).objective.penalty_weight

    gp = {"objective.name": "wgan-gp", "objective.penalty_weight": 3.0}
    assert weight(gp, {"training.steps": 5}) == weight(gp, {"objective.name": "wgan-gp"}) == 3
    assert weight({"objective.penalty_weight": 3.0}, {"objective.name": "wgan-gp"}) == 3
    assert weight(gp, {"objective.name": "gan"}) is None
    assert weight(gp, {"objective.name": "wgan-lp", "objective.penalty_weight": 2.0}) == 2


def test_a_clip_belongs_to_the_objective_it_was_given_for():
    clipped = {"objective.name": "wgan-clip", "objective.clip": 0.1}
    assert resolve(clipped).objective.clip == 0.1
    assert resolve(clipped, {"objective.name": "gan"}).objective.clip == 0.01


def test_assignments_are_toml_or_bare_words():
    assert read_assignments(["network.width=128", "network.head=mean", 'corpus.name="a b"']) == {
        "network.width": 128,
        "network.head": "mean",
        "corpus.name": "a b",
    }
    with pytest.raises(InputError, match="key=value"):
        read_assignments(["network.width"])


def test_written_settings_read_back_the_same(tmp_path):
    settings = resolve(read_preset("tiny"), {"corpus.name": 'a "quoted" name', "corpus.length": 5})
    path = tmp_path / "settings.toml"
    path.write_text(write_text(settings, {"textgan": "0"}))
    assert resolve(read_file(path)) == settings
    assert tomllib.loads(path.read_text())["versions"] == {"textgan": "0"}


@given(st.text())
def test_any_text_as_a_settings_file_is_read_or_refused(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.toml"
        path.write_text(text, encoding="utf-8")
        try:
            resolve(read_file(path))
        except InputError as error:
            assert str(path) in str(error) or "key" in str(error)


@given(
    st.sampled_from(sorted(keys())),
    st.one_of(
        st.integers(), st.floats(), st.text(), st.booleans(), st.none(), st.lists(st.integers())
    ),
)
def test_any_value_for_any_key_fits_or_is_refused(key, value):
    try:
        resolve({key: value})
    except InputError as error:
        assert key in str(error)


def test_the_defaults():
    assert flatten(resolve()) == {
        "corpus.name": "",
        "corpus.column": None,
        "corpus.labels": None,
        "corpus.encoding": None,
        "corpus.errors": None,
        "corpus.header": None,
        "corpus.separator": None,
        "corpus.length": None,
        "corpus.too_long": None,
        "corpus.unicode": None,
        "corpus.whitespace": None,
        "corpus.case": None,
        "corpus.min_length": None,
        "corpus.duplicates": None,
        "corpus.unknown": None,
        "tokenizer.name": None,
        "tokenizer.vocab_size": None,
        "tokenizer.max_vocab": 65_536,
        "network.width": 64,
        "network.blocks": 3,
        "network.kernel": 5,
        "network.residual_scale": 1.0,
        "network.activation": "relu",
        "network.latent": 128,
        "network.head": "mean",
        "network.output": "softmax",
        "network.symbol_vectors": "learned",
        "network.critic_width": 0,
        "network.critic_blocks": 0,
        "network.critics": 1,
        "objective.name": "wgan-gp",
        "objective.penalty_weight": None,
        "objective.clip": 0.01,
        "training.batch": 64,
        "training.pieces": 0,
        "training.critic_steps": 1,
        "training.generator_rate": 5e-4,
        "training.critic_rate": 1e-3,
        "training.beta1": 0.0,
        "training.beta2": 0.9,
        "training.optimiser": "adam",
        "training.average": 0.999,
        "training.softmax_from": 0,
        "training.steps": None,
        "training.minutes": None,
        "training.seed": 0,
        "training.dtype": "auto",
        "training.device": "auto",
        "training.threads": 0,
        "training.compile": False,
        "training.graph": True,
        "checkpoint.every": 1000,
        "checkpoint.keep": None,
        "record.every": 50,
        "record.score_every": 1000,
        "record.score_samples": 1000,
        "record.tensorboard": False,
    }


def test_what_the_same_run_may_be_continued_with():
    assert FREE_TO_CHANGE == (
        "training.steps",
        "training.minutes",
        "training.threads",
        "training.pieces",
        "training.compile",
        "training.graph",
        "checkpoint.keep",
        "record.tensorboard",
    )
