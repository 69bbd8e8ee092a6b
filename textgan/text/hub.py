"""Rows of a dataset through `datasets`: streamed, from its own files alone, without its code."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textgan.errors import InputError, WorldError, first_line
from textgan.text.cache import digest_of
from textgan.text.labels import paired, place_of
from textgan.text.reading import Chunk, Reading
from textgan.text.tables import label_text, pick_columns

if TYPE_CHECKING:
    from textgan.text.card import Hub

ROWS = 1 << 14
FORMS = ("arrow", "csv", "json", "parquet", "text")
REMOTE = "hf://datasets/"


def digest(source: "Hub") -> str:
    """A digest of the dataset's name, configuration, split and revision; of a folder, of its files.

    A dataset on the hub without a revision may change under its name; a card pins one where that
    matters.
    """
    folder = Path(source.name)
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return digest_of(source.name, source.config or "", source.split, source.revision or "", *files)


def chunks(source: "Hub", reading: Reading) -> Iterator[Chunk]:
    """One column of a split, in chunks; a row with a list of strings is as many records.

    Raises:
        InputError: no such dataset, configuration, split or column.
        WorldError: the hub cannot be reached.
    """
    import datasets
    from huggingface_hub.errors import HfHubHTTPError

    called = f"hf:{source.name}"
    try:
        # What `load_dataset(streaming=True)` does, with a look at what would be read in between.
        builder = datasets.load_dataset_builder(
            source.name, source.config, revision=source.revision
        )
        refuse_strangers(builder, source.name, called)
        rows = builder.as_streaming_dataset(split=source.split).with_format("arrow")
        for batch in rows.iter(batch_size=ROWS):
            names = batch.column_names
            at, beside = pick_columns(names, reading, called)
            texts, where = batch[names[at]].to_pylist(), f"{called}: --column {names[at]}"
            if reading.labels is None:
                yield list(strings(texts, where))
                continue
            if beside is None:
                labels = [place_of(called, str(reading.labels))] * len(texts)
            else:
                kind = (builder.info.features or {}).get(names[beside])
                labels = [named(each, kind, called) for each in batch[names[beside]].to_pylist()]
            rows_of = zip(texts, labels, strict=True)
            pairs = ((line, own) for text, own in rows_of for line in strings([text], where))
            yield from paired(pairs)
    except (ConnectionError, HfHubHTTPError) as error:
        raise WorldError(f"{called}: cannot be reached ({first_line(error)})") from None
    except (
        datasets.exceptions.DatasetsError,
        ValueError,
        FileNotFoundError,
        RuntimeError,
    ) as error:
        # a RuntimeError is how `datasets` refuses a repository whose loading is a script
        raise InputError(f"{called}: {first_line(error)}") from None


def refuse_strangers(builder: Any, name: str, called: str) -> None:
    """Raise `InputError` where a dataset wants to be read as `FORMS` are not, or reads elsewhere.

    Its README may name any file of this machine as its data, and any reader that `datasets` has.
    """
    form = type(builder).__module__.rpartition(".")[2]
    if form not in FORMS:
        raise InputError(f"{called}: is of the form '{form}'; textgan reads {', '.join(FORMS)}")
    folder = Path(name).resolve() if Path(name).is_dir() else None
    for file in chain.from_iterable((builder.config.data_files or {}).values()):
        if folder:
            inside = Path(file).resolve().is_relative_to(folder)
        else:
            inside = file.startswith((f"{REMOTE}{name}@", f"{REMOTE}{name}/"))
            inside = inside and ".." not in file.split("/")
        if not inside:
            raise InputError(f"{called}: names {file} as its data, which is not in the dataset")


def named(value: object, kind: object, where: str) -> str:
    """A label as text; where the dataset numbers its kinds, by the name that it gives them."""
    names = getattr(kind, "names", None)
    if isinstance(names, list) and isinstance(value, int):
        return str(names[value]) if 0 <= value < len(names) else ""  # -1 is none of them
    return label_text(value, where)


def strings(values: list[object], where: str) -> Iterator[str]:
    """The strings in a column whose rows are strings, lists of strings, or empty."""
    for value in values:
        for each in value if isinstance(value, list) else [value]:
            if each is not None and not isinstance(each, str):
                raise InputError(f"{where} holds {type(each).__name__}, not strings")
            yield each or ""
