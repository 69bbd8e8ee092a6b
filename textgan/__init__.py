"""textgan: learn to write short sequences of symbols with adversarial networks.

import textgan

model = textgan.train("names.txt", length=16, minutes=3)
lines = model.sample(1000, seed=0)
print(textgan.evaluate(lines, reference="names.txt"))
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["TextGAN", "__version__", "evaluate", "train"]

if TYPE_CHECKING:
    from textgan.api import evaluate, train
    from textgan.model import TextGAN


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if not TYPE_CHECKING:  # to which any name would stand, misspelt ones too

    def __getattr__(name: str) -> Any:
        # Lazy, so that `textgan --help` does not wait for torch.
        if name == "TextGAN":
            from textgan.model import TextGAN

            return TextGAN
        if name in ("train", "evaluate"):
            from textgan import api

            return getattr(api, name)
        raise AttributeError(f"module 'textgan' has no attribute '{name}'")
