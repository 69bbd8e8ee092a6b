"""The README of a model folder: what it is, what it was trained on, how it scored."""

import json
from typing import Any

from textgan.text.labels import most_frequent
from textgan.text.tokenizer import FIRST, Tokenizer

LABELS = 20
"""That the card names, the most frequent ones."""


def model_card(config: dict[str, Any], tokenizer: Tokenizer) -> str:
    """Markdown with the front matter that model hubs read.

    Args:
        config: of the model folder, with its `facts`.
        tokenizer: the model's.
    """
    facts, labels = config.get("facts") or {}, config.get("labels") or {}
    known = most_frequent(labels)
    asked = f", label={json.dumps(known[0], ensure_ascii=False)}" if known else ""
    lines = [
        "---",
        "library_name: textgan",
        "pipeline_tag: text-generation",
        f"tags: [{', '.join(_tags(facts))}]",
        "---",
        "",
        f"# A text GAN trained on {_plain(facts.get('corpus', 'a corpus'))}",
        "",
        "One pass of a convolutional generator writes a whole line; there is no prompt.",
        "",
        "```python",
        "import textgan",
        "",
        f"lines = textgan.TextGAN.from_pretrained(PATH_OF_THIS_FOLDER).sample(10, seed=0{asked})",
        "```",
        "",
        "| | |",
        "|---|---|",
        f"| symbols | {config['vocab'] - FIRST} ({tokenizer.name}) |",
        f"| positions | {config['length']} |",
        f"| generator | width {config['width']}, {config['blocks']} blocks, "
        f"kernel {config['kernel']}, latent {config['latent']} |",
    ]
    if known:
        more = f" and {len(known) - LABELS:,} more" * (len(known) > LABELS)
        lines.append(f"| labels | {', '.join(map(_plain, known[:LABELS]))}{more} |")
    if critic := config.get("critic"):
        lines.append(
            f"| critics | {critic['count']} of width {critic['width']}, {critic['blocks']} blocks; "
            "with `best_of=4` they choose one line of four |"
        )
    for name in ("objective", "steps", "seconds", "lines", "licence", "textgan", "torch"):
        if name in facts:
            lines.append(f"| {name} | {_plain(facts[name])} |")
    scores = facts.get("scores")
    if isinstance(scores, dict) and scores:
        step = f", at step {_plain(facts['scored'])}" if "scored" in facts else ""
        lines += ["", f"Scores while training{step}, on samples of the averaged generator:", ""]
        lines += ["| score | this model | real text |", "|---|---|---|"]
        lines += [
            f"| {_plain(name)} | {_figure(value)} | {_figure(scores.get(name + '_real'))} |"
            for name, value in scores.items()
            if not name.endswith("_real")
        ]
        lines += ["", _plain(facts.get("protocol", ""))]
    return "\n".join(lines) + "\n"


def _tags(facts: dict[str, Any]) -> list[str]:
    objective = "".join(c for c in str(facts.get("objective", "")) if c.isalnum() or c == "-")
    return [tag for tag in dict.fromkeys(("textgan", "gan", objective)) if tag]


def _plain(value: Any) -> str:
    # Names of corpora come from users: nothing in them may end a table cell or open markup.
    text = " ".join(str(value).encode("utf-8", "replace").decode().split())
    return "".join("\\" + c if c in "\\`*_{}[]<>|#" else c for c in text)


def _figure(value: Any) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else ""
