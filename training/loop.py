"""The training loop: one for every model."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from training import checkpoint
from training.checkpoint import Epoch, Position, prefixed, under
from training.errors import DivergedError, StoppedError
from training.fitting import Fitting
from training.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands, told after each step."""

    epoch: int
    batch: int
    loss: float
    """Mean over the epoch so far."""

    curve: tuple[Epoch, ...]
    """The epochs that are over."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training came to."""

    state: dict[str, Tensor]
    """The module's parameters and buffers at the best epoch, on the CPU."""

    best: int
    """That epoch, from 0."""

    curve: tuple[Epoch, ...]


def fit(
    task: Task,
    fitting: Fitting,
    path: Path,
    *,
    seed: int,
    report: Callable[[Progress], None] = lambda progress: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Fitted:
    """Train until the metric gets no better, and return the best; go on from the checkpoint `path` if there is one.

    On a CPU the result is a function of task, settings and seed, to the bit, interrupted or not, with the same
    libraries and number of threads. Raises DivergedError if the loss is not finite, StoppedError (with a checkpoint
    written) once `stopping()`, WriteError if a checkpoint cannot be written.
    """
    device = _device(fitting.device)
    with _repeatable(seed, device):
        module = task.module().to(device)
        optimizer = torch.optim.AdamW(module.parameters(), lr=fitting.learning_rate, weight_decay=fitting.weight_decay)
        position, best = Position(), dict[str, Tensor]()
        if (saved := checkpoint.read(path)) is not None:
            position, tensors = saved
            best = under("best", tensors)
            _restore(module, optimizer, tensors)
        compiled = torch.compile(module) if device == "cuda" else module

        def keep() -> None:
            checkpoint.write(path, position, {**_state(module, optimizer), **prefixed("best", best)})

        while not position.finished:
            module.train()
            for number, batch in enumerate(task.batches(position.epoch)):
                if number < position.batch:
                    continue  # done before the interruption
                with torch.autocast("cuda", torch.bfloat16, enabled=device == "cuda"):
                    loss = task.loss(compiled, batch, device)
                if not math.isfinite(value := loss.item()):
                    raise DivergedError(
                        f"the loss is {value} in batch {number} of epoch {position.epoch}; lower the learning rate "
                        f"({fitting.learning_rate:g}) or look for extreme values in the examples"
                    )
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(module.parameters(), fitting.clip)
                optimizer.step()
                position.batch, position.loss = number + 1, position.loss + value
                report(Progress(position.epoch, position.batch, position.loss / position.batch, tuple(position.curve)))
                if stopping():
                    keep()
                    raise StoppedError(f"stopped in epoch {position.epoch}; the same command with --resume goes on")
                if position.batch % fitting.checkpoint_steps == 0:
                    keep()

            module.eval()
            with torch.no_grad():
                metrics = dict(task.validate(module, device))
            if not all(map(math.isfinite, metrics.values())):
                raise DivergedError(
                    f"after epoch {position.epoch}, validation gives {metrics}; lower the learning rate"
                )
            position.curve.append(Epoch(position.loss / max(position.batch, 1), metrics))
            scores = [each.metrics[task.metric] for each in position.curve]
            if scores[-1] > max(scores[:-1], default=-math.inf):
                position.best_epoch = position.epoch
                best = {name: tensor.detach().cpu().clone() for name, tensor in module.state_dict().items()}
            position.epoch, position.batch, position.loss = position.epoch + 1, 0, 0.0
            tired = position.epoch - position.best_epoch > fitting.patience
            position.finished = tired or position.epoch >= fitting.epochs
            keep()
    return Fitted(best, position.best_epoch, tuple(position.curve))


def _device(wanted: str) -> str:
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


@contextmanager
def _repeatable(seed: int, device: str) -> Iterator[None]:
    """Seed torch's generators, and forbid what is not deterministic on a CPU; leave the process as it was."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(device == "cpu")
    try:
        with torch.random.fork_rng(enabled=True):
            torch.manual_seed(seed)
            yield
    finally:
        torch.use_deterministic_algorithms(before)


def _state(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    moments = {
        f"{number}.{name}": tensor
        for number, held in optimizer.state_dict()["state"].items()
        for name, tensor in held.items()
    }
    return {
        **prefixed("module", module.state_dict()),
        **prefixed("optimizer", moments),
        "random": torch.get_rng_state(),
    }


def _restore(module: nn.Module, optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    module.load_state_dict(under("module", tensors))
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in under("optimizer", tensors).items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    torch.set_rng_state(tensors["random"])
