"""Milvus Lite as a server, so that several processes share one folder of vectors."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import HOST
from deploy.local.settings import Service

# Milvus Lite closes its files on SIGINT only, which a shell's background jobs ignore.
MAIN = (
    "import signal, sys; signal.signal(signal.SIGTERM, signal.default_int_handler); "
    "from milvus_lite.cmdline import main; sys.exit(main())"
)


@dataclass(frozen=True, slots=True)
class Milvus:
    """The vector database.

    Attributes:
        home: its vectors are in `data/milvus/` of this folder.
        port: its gRPC port.
    """

    home: Path
    port: int

    service = Service.MILVUS

    @property
    def ports(self) -> dict[str, int]:
        """The gRPC port."""
        return {"milvus_port": self.port}

    @property
    def address(self) -> str:
        """The URI for pymilvus."""
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        """Make the data folder."""
        self._data.mkdir(parents=True, exist_ok=True)

    def command(self) -> list[str]:
        """Return the command that runs the server."""
        options = ["--data-dir", str(self._data), "--host", HOST, "--port", str(self.port)]
        return [sys.executable, "-c", MAIN, "server", *options]

    @property
    def _data(self) -> Path:
        return self.home / "data" / "milvus"
