"""`train`: from settings to a finished run, new or resumed."""

import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

import textgan
from textgan.errors import InputError
from textgan.networks.device import chosen_device, use_threads
from textgan.networks.memory import keep_freed_memory
from textgan.networks.precision import dtype_name, named_dtype
from textgan.networks.vectors import cooccurrence_vectors
from textgan.objectives import build_objective
from textgan.objectives.objective import Objective, Terms
from textgan.training import runs
from textgan.training.checkpoint import load_newest, prune, saved
from textgan.training.draws import lines_of_draw
from textgan.training.fast import chosen_update
from textgan.training.keeper import RunKeeper
from textgan.training.lock import locked
from textgan.training.loop import Listener, Outcome, reached, run_loop
from textgan.training.processes import Processes, join, restarted, torchrun_processes
from textgan.training.record import Record, tensorboard_writer
from textgan.training.settings import Settings
from textgan.training.update import Lines, State, build

if TYPE_CHECKING:
    from textgan.text.corpus import Corpus

ON_DEVICE_BYTES = 2**31
"""Of a corpus that is copied to a GPU whole, four bytes a symbol; a larger one goes by batches."""


@dataclass(frozen=True)
class Plan:
    """A run before its next step: settings resolved, corpus prepared, networks in place."""

    folder: Path
    settings: Settings
    corpus: "Corpus"
    objective: Objective
    update: Callable[..., Terms]
    state: State
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.state.step > 0 and reached(self.settings, self.state.step, self.seconds)


def plan_run(
    settings: Settings,
    folder: Path,
    *,
    fresh: bool = False,
    confirmed: bool = False,
    say: Callable[[str], None] = lambda text: None,
    progress: Any = None,
) -> Plan:
    """Work out a run without writing to its folder; a run that stands there is loaded.

    Args:
        settings: of the run.
        folder: of the run.
        fresh: a run that stands there is not heeded, and will be deleted.
        confirmed: the user knows that.
        say: told in a line of what is out of the ordinary.
        progress: told how far preparing the corpus is.

    Raises:
        InputError: settings, corpus or folder do not fit.
    """
    if fresh and runs.is_run(folder) and not confirmed:
        raise InputError(f"--fresh would delete the run in {folder}; add --yes to confirm")
    runs.refuse_others(folder)
    settings = runs.located(settings)
    begun = runs.is_run(folder) and not fresh
    if begun:
        settings = runs.check_continuation(folder, settings)
    device = chosen_device(settings.training.device)
    settings = _resolved(settings, device)
    processes = torchrun_processes()
    processes.part(settings.training.batch, settings.training.pieces or 1)
    if settings.record.tensorboard:
        tensorboard_writer()
    # Under torchrun each of several processes has been given its share of the cores already.
    if processes.count == 1 or "OMP_NUM_THREADS" not in os.environ:
        use_threads(settings.training.threads)
    objective = build_objective(settings.objective)
    update = chosen_update(settings.training, device)
    corpus = runs.corpus_of(settings, folder if begun else None, progress)
    state = build(
        settings.network,
        settings.training,
        objective,
        vocab=corpus.tokenizer.vocab_size,
        length=corpus.length,
        device=device,
        vectors=_counted_vectors(settings, corpus, folder if begun else None),
        labels=len(corpus.summary.labels),
    )
    if begun:
        runs.refuse_losses(folder)
    seconds = load_newest(folder / "checkpoints", state, say) if begun else 0.0
    return Plan(folder, settings, corpus, objective, update, state, seconds)


def _counted_vectors(settings: Settings, corpus: "Corpus", begun: Path | None) -> Tensor | None:
    """Symbol vectors from the training lines, if they are asked for and no saved state has them."""
    resumed = begun is not None and saved(begun / "checkpoints")
    if settings.network.symbol_vectors != "cooccurrence" or resumed:
        return None
    return cooccurrence_vectors(
        runs.encoded_lines(corpus),
        corpus.tokenizer.vocab_size,
        settings.network.width,
        settings.training.seed,
    )


def train(
    settings: Settings,
    folder: Path,
    *,
    fresh: bool = False,
    confirmed: bool = False,
    watch: Callable[[Plan], Listener | None] = lambda plan: None,
    say: Callable[[str], None] = lambda text: None,
    progress: Any = None,
) -> Outcome:
    """Train until the run is complete or interrupted; an unfinished run in `folder` goes on.

    Under torchrun every process calls this; only the first writes.

    Args:
        settings: of the run.
        folder: of the run.
        fresh: delete a run that stands there, where `confirmed`.
        confirmed: the user knows that it is deleted.
        watch: shown the plan before the first step; returns who listens to the run.
        say: told in a line of what is out of the ordinary.
        progress: told how far preparing the corpus is.

    Returns:
        Where the run stands.

    Raises:
        InputError: settings, corpus or folder do not fit.
        WorldError: training diverged, or the folder was deleted under it.
    """
    keep_freed_memory()
    processes = join(chosen_device(settings.training.device).type)
    if not processes.first:
        processes.wait()  # until the first has prepared the corpus and begun the run
        with flushed():
            plan = plan_run(settings, folder)
            if plan.complete:
                return Outcome(plan.state.step, plan.seconds, True)
            return _run(plan, processes, None, None, None)
    with locked(folder) as check, flushed():
        runs.tidy(folder)
        # What torchrun starts again goes on: the first start has deleted what was to go.
        fresh = fresh and not restarted()
        plan = plan_run(
            settings, folder, fresh=fresh, confirmed=confirmed, say=say, progress=progress
        )
        if fresh:  # once it is known that another can begin
            runs.clear(folder)
        if not runs.is_run(folder):
            runs.begin(folder, plan.settings, plan.corpus, versions())
        elif not plan.complete:
            runs.restate(folder, plan.settings, versions())
        processes.wait()
        listener = watch(plan)
        if plan.complete:
            # Its last moment may have been that between the last state and the removal of others.
            prune(folder / "checkpoints", plan.state.step, plan.settings.checkpoint.kept)
            return Outcome(plan.state.step, plan.seconds, True)
        record = Record(folder, plan.state.step, plan.settings.record.tensorboard, check)
        facts = _facts(plan)
        keeper = RunKeeper(folder, plan.settings, plan.corpus, facts, record.scores, check)
        try:
            return _run(plan, processes, record, keeper, listener)
        except FileNotFoundError:
            check()  # tells it where the whole folder has gone
            raise
        finally:
            record.close()


@contextmanager
def flushed() -> Iterator[None]:
    """Take numbers too small to matter for zero, as long as the context lasts."""
    # Probabilities and moments that fade below 1e-38 slow a processor down by a third and more, and
    # are as good as zero. Set before the first parallel operation, whose threads inherit it.
    before = sys.float_info.min / 2 == 0.0  # torch does not say
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep a program's settings of torch from training, and training's from the program.

    Types, devices and gradients are torch's own defaults as long as the context lasts; the number
    of threads is afterwards what it was.
    """
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        if torch.get_default_device().type != "cpu":  # it would be asked at every operation
            stack.enter_context(torch.device("cpu"))
        stack.callback(torch.set_num_threads, threads)
        stack.callback(torch.set_default_dtype, dtype)
        torch.set_default_dtype(torch.float32)
        yield


def _run(
    plan: Plan,
    processes: Processes,
    record: Record | None,
    keeper: RunKeeper | None,
    listener: Listener | None,
) -> Outcome:
    device = plan.state.generator.output.weight.device
    encoded = runs.encoded_lines(plan.corpus)
    labels = plan.corpus.labels() if plan.corpus.summary.labels else None
    real_lines = reader(encoded, plan.settings, device, processes, labels)
    return run_loop(
        plan.state,
        plan.objective,
        real_lines,
        plan.settings,
        plan.update,
        named_dtype(plan.settings.training.dtype, device),
        seconds=plan.seconds,
        record=record,
        keeper=keeper,
        listener=listener,
        processes=processes,
    )


def versions() -> dict[str, str]:
    """What a run depends on besides its settings."""
    return {
        "textgan": textgan.__version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def _resolved(settings: Settings, device: torch.device) -> Settings:
    # What the settings leave open is decided once, where the run begins, and stands in them from
    # then on.
    dtype = dtype_name(named_dtype(settings.training.dtype, device))
    threads = settings.training.threads or torch.get_num_threads()
    training = replace(settings.training, dtype=dtype, threads=threads)
    if training.steps is None and training.minutes is None:
        raise InputError("nothing says how long to train; give --steps or --minutes")
    penalty = build_objective(settings.objective).penalty
    weight = None if penalty is None else penalty.weight
    objective = replace(settings.objective, penalty_weight=weight)
    checkpoint = replace(settings.checkpoint, keep=settings.checkpoint.kept)
    return replace(settings, training=training, objective=objective, checkpoint=checkpoint)


def reader(
    encoded: np.ndarray[Any, Any],
    settings: Settings,
    device: torch.device,
    processes: Processes,
    labels: np.ndarray[Any, Any] | None = None,
) -> Callable[[int], Lines]:
    """From the number of a draw to this process's lines of it, on `device`.

    Args:
        encoded: the symbols of all lines, `(lines, length)`.
        settings: of the run.
        device: where they go.
        processes: among which a draw is divided.
        labels: of all lines, `(lines,)`, where they have any.
    """
    batch, seed, lines = settings.training.batch, settings.training.seed, len(encoded)
    part = processes.part(batch)
    whole: Tensor | None = None
    if device.type == "cuda" and 4 * encoded.size <= ON_DEVICE_BYTES:
        whole = torch.from_numpy(encoded.astype(np.int32)).to(device)

    def there(rows: np.ndarray[Any, Any]) -> Tensor:
        tensor = torch.from_numpy(rows.astype(np.int64))
        if device.type == "cuda":
            return tensor.pin_memory().to(device, non_blocking=True)
        return tensor

    def read(draw: int) -> Lines:
        chosen = lines_of_draw(draw, batch, lines, seed, part)
        symbols = there(encoded[chosen]) if whole is None else whole[there(chosen)]
        return Lines(symbols, None if labels is None else there(labels[chosen]))

    return read


def _facts(plan: Plan) -> dict[str, Any]:
    return {
        "corpus": plan.corpus.card.name,
        "licence": plan.corpus.card.licence,
        "lines": plan.corpus.summary.splits["train"],
        "objective": plan.objective.name,
        "seed": plan.settings.training.seed,
        "textgan": textgan.__version__,
        "torch": torch.__version__,
    }
