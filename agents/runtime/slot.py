"""Slot: a folder of its own for each worker that shares a state folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path


@contextmanager
def claim_slot(state_dir: Path) -> Iterator[Path]:
    """Yield the first folder `0`, `1`, ... below `state_dir` that no other process holds; hold it until the end.

    A worker that is restarted finds its rows again, and a second one on the machine gets a folder of its own without
    being told: two processes cannot open one store. The lock goes with the process, however that ends.
    """
    for number in count():
        folder = state_dir / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder
            return
