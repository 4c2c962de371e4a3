"""Is there room for the stack's files?"""

from __future__ import annotations

import shutil
from pathlib import Path

from deploy.errors import DiskFullError
from deploy.local.settings import variable

MIB = 1 << 20


def require_space(folder: Path, needed_mb: int) -> None:
    """Make sure that the disk has room before anything is written to it.

    Kafka on a full disk stops with a stack trace minutes later, and may leave segments to be recovered.

    Args:
        folder: where files will be written; it need not exist yet.
        needed_mb: free space to ask for, in MiB.

    Raises:
        DiskFullError: there is less.
    """
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free_mb = shutil.disk_usage(existing).free // MIB
    if free_mb < needed_mb:
        raise DiskFullError(
            f"the disk of {folder} has {free_mb} MiB free, and the stack asks for {needed_mb}; "
            f"free some, or set {variable('home')} or {variable('min_free_mb')}"
        )
