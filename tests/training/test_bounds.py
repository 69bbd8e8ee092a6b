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
    settings = {"vocab": "tokenizer.max_vocab", "length": "corpus.length"}
    for name in {*SHAPE, *SHAPE_OF_CRITIC} - {"count"} | {"critics"}:
        assert AT_MOST[settings.get(name, f"network.{name}")] == LARGEST[name]
