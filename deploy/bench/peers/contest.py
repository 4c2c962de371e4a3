"""The contest: every peer, one after another, on the log that its own generator has filled."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from deploy.bench.errors import PeerAbsentError
from deploy.bench.peers import peer, quix, streams
from deploy.demo.steps import step
from deploy.local.settings import StackSettings

PEERS: Final = ("quixstreams", "kafka_streams_1", "kafka_streams_2")
BUCKETS: Final = "_buckets"
"""Suffix of a peer with Tideline's algorithm."""

CONTESTANTS: Final = (*PEERS, *(name + BUCKETS for name in PEERS))


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the peers reached."""

    rates: dict[str, float]
    """Events a second by contestant; those that are absent are missing."""

    absent: dict[str, str]
    """Why, by contestant."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Peers of a folder with the scripts of `tools/peers`, on one broker."""

    console: Console
    scripts: Path | None
    bootstrap_servers: str
    events: int
    folder: Path

    async def run(self) -> Outcomes:
        """Run all contestants that can be run here.

        Raises:
            PeerError: one that is there failed, or processed another number of events.
            ArtifactError: jars cannot be fetched.
        """
        rates: dict[str, float] = {}
        absent: dict[str, str] = {}
        try:
            scripts = self._found()
            await self._peer([sys.executable, str(scripts / "stream_gen.py"), str(self.events)])
        except PeerAbsentError as error:
            return Outcomes({}, dict.fromkeys(CONTESTANTS, str(error)))
        for engine, contend in (("quixstreams", self._quix), ("kafka_streams", self._streams)):
            try:
                await contend(scripts, rates)
            except PeerAbsentError as error:
                absent |= {name: str(error) for name in CONTESTANTS if name.startswith(engine)}
        return Outcomes(rates, absent)

    def _found(self) -> Path:
        if self.scripts is None:
            raise PeerAbsentError("no folder of peers was named: --peers or TIDELINE_PEERS")
        if not (self.scripts / "stream_gen.py").is_file():
            raise PeerAbsentError(f"{self.scripts} holds no stream_gen.py")
        return self.scripts.resolve()

    async def _quix(self, scripts: Path, rates: dict[str, float]) -> None:
        python = await quix.interpreter(StackSettings.disposable().cache.expanduser() / "peers")
        for name, script in (("quixstreams", scripts / "quix_hop.py"), ("quixstreams" + BUCKETS, quix.BUCKETS)):
            rates[name] = await self._contend(name, quix.command(python, script, self.events, name))

    async def _streams(self, scripts: Path, rates: dict[str, float]) -> None:
        path = await streams.classpath(scripts / "kafka-streams", self.folder / "classes")
        for main, suffix in (("peers.Hop", ""), ("peers.Buckets", BUCKETS)):
            for threads in (1, 2):
                name = f"kafka_streams_{threads}{suffix}"
                command = streams.command(path, main, self.events, name, threads, self.folder)
                rates[name] = await self._contend(name, command)

    async def _contend(self, name: str, command: list[str]) -> float:
        with step(self.console, name):
            return peer.events_per_s(await self._peer(command), self.events)

    async def _peer(self, command: list[str]) -> str:
        return await peer.run(command, self.bootstrap_servers, self.folder)
