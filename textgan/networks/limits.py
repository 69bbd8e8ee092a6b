"""How large networks may be, so that what can be trained can be loaded again.

A stranger's model folder asks for no more either.
"""

from collections.abc import Mapping
from types import MappingProxyType

LARGEST: Mapping[str, int] = MappingProxyType(
    {
        "vocab": 2**20,
        "length": 65_536,
        "width": 16_384,
        "blocks": 1_024,
        "kernel": 255,
        "latent": 65_536,
        "count": 1_024,  # of critics
        "labels": 1_024,
    }
)

LARGEST_SCALE = 1e6
"""Of a residual branch; none is as large, whatever its sign."""
