"""What the machine itself can do: the rate of a matrix product, which other rates are shares of."""

import statistics
import time
from collections.abc import Callable

import torch


def seconds_of(step: Callable[[], None], device: str) -> float:
    """One step's wall time, the device's work included."""
    began = time.perf_counter()
    step()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def peak_rate(width: int, dtype: torch.dtype, device: str) -> float:
    """FLOP/s of the reference product: the median of many."""
    a = torch.randn(2048, 5 * width, device=device, dtype=dtype)
    b = torch.randn(5 * width, width, device=device, dtype=dtype)
    product = torch.empty(2048, width, device=device, dtype=dtype)

    def multiply() -> None:
        for _ in range(20):
            torch.mm(a, b, out=product)

    multiply()
    times = [seconds_of(multiply, device) / 20 for _ in range(30)]
    return 2 * 2048 * 5 * width * width / statistics.median(times)
