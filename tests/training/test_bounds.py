"""What is beyond the bounds is refused before training, and what is at them can be loaded."""

import pytest

from textgan.errors import InputError
from textgan.model_folder import SHAPE, SHAPE_OF_CRITIC
from textgan.networks.limits import LARGEST
from textgan.training.bounds import AT_MOST, NOT_NEGATIVE, POSITIVE, SHARES
from textgan.training.settings import keys, resolve


def test_bounds_are_of_settings_that_stand():
    assert {*AT_MOST, *NOT_NEGATIVE, *POSITIVE, *SHARES} <= set(keys())


@pytest.mark.parametrize("key", AT_MOST)
def test_a_value_at_its_bound_is_taken_and_one_beyond_is_not(key):
    most = int(AT_MOST[key])
    if key == "network.kernel":
        assert resolve({key: most}).network.kernel == 255
    else:
        resolve({key: most})
    for beyond in (most + 2, 10**30 + 1):
        with pytest.raises(InputError, match=f"{key} is .*at most {most:,}"):
            resolve({key: beyond})


@pytest.mark.parametrize("scale", [1e6, -1e7, 1e39, 1e300])
def test_a_residual_scale_that_no_model_may_have_is_refused(scale):
    resolve({"network.residual_scale": -999_999.0})
    with pytest.raises(InputError, match=r"network.residual_scale is .*between -1,000,000 and"):
        resolve({"network.residual_scale": scale})


def test_every_number_that_a_model_is_checked_for_is_bound_in_training():
    """A run that was trained can be loaded: what a model folder is held to, settings are too."""
    settings = {
        "vocab": "tokenizer.max_vocab", "length": "corpus.length", "count": "network.critics",
    }  # fmt: skip
    for name in {*SHAPE, *SHAPE_OF_CRITIC}:
        assert AT_MOST[settings.get(name, f"network.{name}")] == LARGEST[name]


@pytest.mark.parametrize(
    "key",
    [
        "corpus.length",
        "network.width",
        "network.blocks",
        "network.critics",
        "network.latent",
        "objective.clip",
        "training.batch",
        "training.critic_steps",
        "training.steps",
        "training.minutes",
        "training.generator_rate",
        "training.critic_rate",
        "checkpoint.every",
        "checkpoint.keep",
        "record.every",
        "record.score_every",
        "record.score_samples",
    ],
)
def test_what_must_be_greater_than_nothing_is(key):
    resolve({key: 1})
    for value in (0, -1):
        with pytest.raises(InputError, match=f"{key} is {value}.*greater than 0"):
            resolve({key: value})


@pytest.mark.parametrize(
    "key",
    [
        "objective.penalty_weight",
        "network.critic_width",
        "network.critic_blocks",
        "training.threads",
        "training.pieces",
        "training.seed",
        "training.softmax_from",
    ],
)
def test_what_may_be_nothing_may_not_be_less(key):
    resolve({key: 0})
    with pytest.raises(InputError, match=f"{key} is -1.*at least 0"):
        resolve({key: -1})


@pytest.mark.parametrize("key", ["training.beta1", "training.beta2", "training.average"])
def test_a_share_is_at_least_nothing_and_less_than_all(key):
    for value in (0, 0.999):
        resolve({key: value})
    for value in (-0.001, 1, 1.5):
        with pytest.raises(InputError, match=f"{key} is {value}.*at least 0 and below 1"):
            resolve({key: value})
