"""Step: one command of a job, as a child process, so that whatever it does to itself leaves the worker alive."""

import os
import signal
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson

from topics import tether
from training.errors import JobFailedError
from training.progress import FILE, Progress, told

_TIDELINE: Final = Path(sysconfig.get_path("scripts")) / "tideline"
"""The command, as it was installed with the interpreter that runs us."""

_GRACE_S: Final = 30.0
_TOLD_LINES: Final = 8


class RunningStep:
    """`with RunningStep(arguments, folder) as step:` runs a command; it has ended when the block ends."""

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        """Take the command's arguments, and a folder for what it says."""
        self._arguments = arguments
        self._output, self._errors, self._progress = (
            folder / f"{arguments[0]}.{kind}" for kind in ("out", "log", "progress")
        )

    def __enter__(self) -> Self:
        self._progress.unlink(missing_ok=True)
        environment = {**os.environ, FILE: str(self._progress)}
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                # Tied to us: a worker that is killed must not leave what another one goes on with in the same folder.
                [*tether.tied(), _TIDELINE, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the worker, which ends its steps in order
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it: with SIGTERM, on which training leaves a checkpoint, and with SIGKILL when that does not help."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    @property
    def progress(self) -> Progress:
        """How far it says it is."""
        return told(self._progress)

    def wait(self, timeout_s: float) -> bool:
        """Return whether it has ended; wait for that so long at most."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def result(self) -> Mapping[str, str]:
        """Return what came of the ended command; raise JobFailedError, with what it said last, if it failed."""
        if self._process.returncode != 0:
            lines = self._errors.read_text(errors="replace").strip().splitlines()
            said = "\n".join(lines[-_TOLD_LINES:]) or "it said nothing"
            raise JobFailedError(f"`tideline {self._arguments[0]}` ended with {self._process.returncode}: {said}")
        lines = self._output.read_text().strip().splitlines()
        return dict(_flat(orjson.loads(lines[-1]))) if lines else {}


def _flat(found: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return names and values of a nested object, those of an inner one behind its name and a dot; lists left out."""
    flat: list[tuple[str, str]] = []
    for name, value in found.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            flat.append((f"{prefix}{name}", f"{value:.6g}" if isinstance(value, float) else str(value)))
    return flat
