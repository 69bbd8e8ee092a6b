"""Everything that defines a run, in one frozen tree; read from presets, files and flags.

The keys of `--set`, of a TOML file and of `settings.toml` are the same: `network.width`,
`training.batch`, `objective.penalty_weight` … Later sources win: defaults, preset, file, flags.
"""

import dataclasses
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from textgan.errors import InputError, choose
from textgan.training.bounds import check

PRESETS = Path(__file__).parent / "presets"


@dataclass(frozen=True)
class CorpusSettings:
    """Which text, and how it is read and cleaned; none stands for what the card says."""

    name: str = ""
    column: str | None = None
    labels: str | None = None
    encoding: str | None = None
    errors: str | None = None
    header: bool | None = None
    separator: str | None = None
    length: int | None = None
    too_long: str | None = None
    unicode: str | None = None
    whitespace: str | None = None
    case: str | None = None
    min_length: int | None = None
    duplicates: str | None = None
    unknown: str | None = None


@dataclass(frozen=True)
class TokenizerSettings:
    """How lines become symbols; no name stands for what the card says."""

    name: str | None = None
    vocab_size: int | None = None
    max_vocab: int = 65_536


@dataclass(frozen=True)
class NetworkSettings:
    """Generator and critics; a critic's own number of 0 stands for the generator's.

    Of several `critics` one learns in each critic step, in turn; the generator faces their mean.
    `symbol_vectors` other than learned ones are for many symbols: words, pieces of words.
    """

    width: int = 64
    blocks: int = 3
    kernel: int = 5
    residual_scale: float = 1.0
    activation: Literal["relu", "leaky_relu", "tanh", "silu"] = "relu"
    latent: int = 128
    head: Literal["flatten", "mean"] = "mean"
    output: Literal["softmax", "straight-through"] = "softmax"
    symbol_vectors: Literal["learned", "fixed", "cooccurrence"] = "learned"
    critic_width: int = 0
    critic_blocks: int = 0
    critics: int = 1


@dataclass(frozen=True)
class ObjectiveSettings:
    """What is minimised. No penalty weight stands for the objective's own."""

    name: str = "wgan-gp"
    penalty_weight: float | None = None
    clip: float = 0.01


@dataclass(frozen=True)
class TrainingSettings:
    """The loop. `steps` counts generator updates; `minutes` counts from the first of them.

    A batch is worked off in `pieces`, one after the other: the same gradients in less memory. 0
    stands for one piece, or for as many as the run had. `compile` has torch compile the update
    first, which takes a minute or two and a C++ compiler; see docs/performance.md for when it pays.
    `beta1` says nothing to RMSprop.
    `graph` has a GPU replay the update as a CUDA graph; it says nothing to a CPU. From update
    `softmax_from` on the critics are given the softmax, whatever `network.output` says; 0: never.
    """

    batch: int = 64
    pieces: int = 0
    critic_steps: int = 1
    generator_rate: float = 5e-4
    critic_rate: float = 1e-3
    beta1: float = 0.0
    beta2: float = 0.9
    optimiser: Literal["adam", "rmsprop"] = "adam"
    average: float = 0.999
    softmax_from: int = 0
    steps: int | None = None
    minutes: float | None = None
    seed: int = 0
    dtype: Literal["auto", "float32", "bfloat16", "float64"] = "auto"
    device: str = "auto"
    threads: int = 0
    compile: bool = False
    graph: bool = True


@dataclass(frozen=True)
class CheckpointSettings:
    """How often the run is saved, in steps, and how many of the saved states are kept.

    No number to keep stands for as many as the run has kept; for two, where it begins.
    """

    every: int = 1000
    keep: int | None = None

    @property
    def kept(self) -> int:
        """How many, where none is said."""
        return 2 if self.keep is None else self.keep


@dataclass(frozen=True)
class RecordSettings:
    """How often, in steps, the record gets a line and a score, and of how many samples."""

    every: int = 50
    score_every: int = 1000
    score_samples: int = 1000
    tensorboard: bool = False


@dataclass(frozen=True)
class Settings:
    """One run, resolved."""

    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    tokenizer: TokenizerSettings = field(default_factory=TokenizerSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    checkpoint: CheckpointSettings = field(default_factory=CheckpointSettings)
    record: RecordSettings = field(default_factory=RecordSettings)


FREE_TO_CHANGE = (
    "training.steps",
    "training.minutes",
    "training.threads",
    "training.pieces",
    "training.compile",
    "training.graph",
    "checkpoint.keep",
    "record.tensorboard",
)
"""What the same run may be continued with; everything else would make it another run."""


def sections() -> dict[str, type]:
    """The section names and their dataclasses."""
    return {f.name: f.default_factory for f in dataclasses.fields(Settings)}  # type: ignore[misc]


def keys() -> Iterator[str]:
    """Every key that stands, dotted."""
    for name, section in sections().items():
        yield from (f"{name}.{f.name}" for f in dataclasses.fields(section))


def resolve(*sources: Mapping[str, Any]) -> Settings:
    """Lay flat mappings of dotted keys over the defaults, the later over the earlier.

    A source that says `training.steps` or `training.minutes` says both. One that changes the
    objective changes the penalty's weight and the clip as well: to its own, or to the new one's.

    Raises:
        InputError: a key does not stand, or a value does not fit it.
    """
    lengths = {"training.steps", "training.minutes"}
    flat: dict[str, Any] = {}
    for source in sources:
        # Who says how long to train says it whole: --steps is not cut short by a preset's minutes.
        if lengths & source.keys():
            flat.update(dict.fromkeys(lengths))
        standing = flat.get("objective.name", ObjectiveSettings.name)
        if source.get("objective.name", standing) != standing:
            # A weight is one penalty's, a clip one objective's.
            flat["objective.penalty_weight"] = None
            flat["objective.clip"] = ObjectiveSettings.clip
        for key, value in source.items():
            flat[choose("key", key, keys())] = value
    built: dict[str, Any] = {}
    for name, section in sections().items():
        hints = typing.get_type_hints(section)
        built[name] = section(
            **{
                f.name: _fit(f"{name}.{f.name}", flat[f"{name}.{f.name}"], hints[f.name])
                for f in dataclasses.fields(section)
                if f"{name}.{f.name}" in flat
            }
        )
    settings = Settings(**built)
    check(flatten(settings))
    return settings


def flatten(settings: Settings) -> dict[str, Any]:
    """Every dotted key and its value."""
    return {
        f"{section}.{key}": value
        for section, values in dataclasses.asdict(settings).items()
        for key, value in values.items()
    }


def read_file(path: Path) -> dict[str, Any]:
    """The dotted keys of a TOML file with one table a section.

    Raises:
        InputError: the file is missing, not TOML, or not made of sections.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tree = tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(f"--config {path}: there is no such file") from None
    except IsADirectoryError:
        raise InputError(f"--config {path}: is a folder; name a file in it") from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, an endless number
        raise InputError(f"{path} is not TOML: {error}") from None
    flat: dict[str, Any] = {}
    for section, values in tree.items():
        if section == "versions":
            continue
        if not isinstance(values, dict):
            raise InputError(f"{path}: '{section}' must stand in a section such as [training]")
        flat.update({f"{section}.{key}": value for key, value in values.items()})
    return flat


def read_preset(name: str) -> dict[str, Any]:
    """The dotted keys of a preset that ships with textgan."""
    return read_file(PRESETS / f"{choose('preset', name, preset_names())}.toml")


def preset_names() -> list[str]:
    """The presets that ship."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read_assignments(assignments: Sequence[str]) -> dict[str, Any]:
    """The keys of `--set key.path=value`; values are TOML, bare words are strings."""
    flat = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(f"--set {assignment}: write key=value, such as network.width=128")
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except (ValueError, RecursionError):
            value = text
        flat[key.strip()] = value
    return flat


def write_text(settings: Settings, versions: Mapping[str, str]) -> str:
    """`settings.toml`: every key, and the versions that the run used."""
    import tomli_w

    tree: dict[str, dict[str, Any]] = {}
    for key, value in flatten(settings).items():
        section, name = key.split(".")
        if value is not None:
            tree.setdefault(section, {})[name] = value
    return tomli_w.dumps({**tree, "versions": dict(versions)})


def _fit(key: str, value: Any, hint: Any) -> Any:
    options = get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    for option in options:
        if get_origin(option) is Literal:
            return choose(key, str(value), get_args(option))
        if option is float and isinstance(value, int) and not isinstance(value, bool):
            if abs(value) > 2**1000:  # beyond any float
                continue
            return float(value)
        # bool is an int to Python, not to a user.
        if isinstance(value, option) and isinstance(value, bool) == (option is bool):
            return value
    # A column may be a number and a name be written without quotes.
    if str in options and isinstance(value, int | float):
        return str(value)
    words = " or ".join(option.__name__ for option in options if option is not types.NoneType)
    raise InputError(f"{key} is {value!r:.60}; it must be of type {words}")
