"""The best of several: of each row's tries the one that the critics take most for real."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from textgan.networks.critic import Critics
from textgan.networks.precision import fast_dtype
from textgan.text.tokenizer_codec import gather, scatter


@torch.inference_mode()
def best(
    tries: Iterator[tuple[Tensor, Tensor]], critic: Critics, labels: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Of each row's tries the one that `critic` scores highest, the first of equals.

    Args:
        tries: symbols `(batch, length)` and scores `(batch,)`, or none, of the same rows each.
        critic: the judge.
        labels: of the rows, `(batch,)`, where they have any.

    Returns:
        Symbols and scores of the chosen, on the processor.
    """
    chosen, verdict = [torch.empty(0)] * 2, torch.empty(0)
    for symbols, scores in tries:
        attempt = symbols.cpu(), scores.cpu()
        found = _verdict(critic, attempt[0], labels)
        if not len(verdict):
            chosen, verdict = list(attempt), found
            continue
        better = found > verdict
        verdict = torch.where(better, found, verdict)
        for held, new in zip(chosen, attempt, strict=True):
            if len(new):
                held[better] = new[better]
    return chosen[0], chosen[1]


def _verdict(critic: Critics, symbols: Tensor, labels: Tensor | None) -> Tensor:
    # The critic's scores (batch,) of the lines as their text would be written in symbols.
    device = next(critic.parameters()).device
    flat, counts = gather(symbols.numpy())
    read = torch.from_numpy(scatter(flat.astype(np.int32), counts, symbols.shape[1]))
    told = None if labels is None else labels.to(device)
    scores: Tensor = critic(read.to(device), fast_dtype(device), told)
    return scores.cpu()
