"""Which values the settings of a run may have, beyond their types."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from textgan.errors import InputError
from textgan.networks.limits import LARGEST, LARGEST_SCALE

POSITIVE = {
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
}
NOT_NEGATIVE = {
    "objective.penalty_weight",
    "network.critic_width",
    "network.critic_blocks",
    "training.threads",
    "training.pieces",
    "training.seed",
    "training.softmax_from",
}
SHARES = ("training.beta1", "training.beta2", "training.average")
AT_MOST: Mapping[str, float] = MappingProxyType(
    {
        "corpus.length": LARGEST["length"],
        "tokenizer.max_vocab": LARGEST["vocab"],
        "network.width": LARGEST["width"],
        "network.critic_width": LARGEST["width"],
        "network.blocks": LARGEST["blocks"],
        "network.critic_blocks": LARGEST["blocks"],
        "network.kernel": LARGEST["kernel"],
        "network.latent": LARGEST["latent"],
        "network.critics": LARGEST["count"],
        "objective.clip": 1e6,
    }
)
LARGEST_SEED = 2**63 - 1
OPTIONS = ("length", "steps", "minutes", "threads", "seed")
"""Keys whose last word is also an option of the command line."""


def check(values: Mapping[str, Any]) -> None:
    """Refuse what would mean nothing, or make a model that cannot be loaded.

    Args:
        values: of all settings, by their dotted keys.

    Raises:
        InputError: a value is out of its bounds; the message names key, value and bound.
    """
    for key, value in values.items():
        if value is None or isinstance(value, str):
            continue
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{key} is {value}; it must be a finite number{_option(key)}")
        if key in POSITIVE and not value > 0:
            raise InputError(f"{key} is {value}; it must be greater than 0{_option(key)}")
        if key in NOT_NEGATIVE and value < 0:
            raise InputError(f"{key} is {value}; it must be at least 0{_option(key)}")
        if key in AT_MOST and value > AT_MOST[key]:
            raise InputError(f"{key} is {value}; it must be at most {AT_MOST[key]:,.0f}")
        if key in SHARES and not 0 <= value < 1:
            raise InputError(f"{key} is {value}; it must be at least 0 and below 1")
    if not abs(scale := values["network.residual_scale"]) < LARGEST_SCALE:
        raise InputError(
            f"network.residual_scale is {scale:g}; it must be between -{LARGEST_SCALE:,.0f} and "
            f"{LARGEST_SCALE:,.0f}"
        )
    if values["training.seed"] > LARGEST_SEED:
        raise InputError(f"training.seed is {values['training.seed']}; it must be below 2^63")
    batch, pieces = values["training.batch"], values["training.pieces"]
    if batch % (pieces or 1):
        raise InputError(f"training.pieces is {pieces}; it must divide training.batch, {batch}")
    if values["network.kernel"] % 2 == 0 or values["network.kernel"] < 1:
        raise InputError(f"network.kernel is {values['network.kernel']}; it must be odd")


def _option(key: str) -> str:
    name = key.split(".")[-1]
    return f" (--{name})" if name in OPTIONS else ""
