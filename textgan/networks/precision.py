"""Which number type a device computes fastest in."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

import torch

Dtype = Literal["auto", "float32", "bfloat16", "float64"]

NAMED: Mapping[Dtype, torch.dtype] = MappingProxyType(
    {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}
)


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device has instructions for it, float32 elsewhere.

    What networks multiply runs in it; weights, norms and losses stay in float32.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(False) else torch.float32
    return torch.bfloat16 if processor_has_bfloat16() else torch.float32


@cache
def processor_has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in instructions of its own."""
    features = torch.cpu.get_capabilities()
    return bool(features.get("avx512_bf16") or features.get("amx_bf16"))


def named_dtype(name: Dtype, device: torch.device) -> torch.dtype:
    """The type that a setting names; ``"auto"`` is `fast_dtype`."""
    return fast_dtype(device) if name == "auto" else NAMED[name]


def dtype_name(dtype: torch.dtype) -> Dtype:
    """What a setting calls the type."""
    return next(name for name, named in NAMED.items() if named is dtype)
