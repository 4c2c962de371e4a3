"""While clients ask: models are exchanged, Milvus is not there, and servers are told to stop. No question fails."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from deploy.demo.child import Child
from deploy.local.ports import free_ports
from tests.faults.asking import ITEMS, asking, release, stocked, tideline
from tests.integration.conftest import Platform
from tests.serving.models.shelves import ranking_model, towers
from training.features.catalog import FEATURES

pytestmark = pytest.mark.integration

TENANT = "rolling"


def server(platform: Platform, folder: Path, port: int, nowhere: int) -> Child:
    """Return a server that looks for Milvus where nothing listens."""
    told = ("serve", "--port", str(port), "--state-dir", str(folder / str(port)))
    return platform.tideline.start(f"serving-{port}", *told, TIDELINE_MILVUS_URI=f"http://127.0.0.1:{nowhere}")


async def test_no_question_fails_though_models_change_and_servers_stop(faulty: Platform, tmp_path: Path) -> None:
    one, other, nowhere = free_ports(3)
    tags = {item: [f"tag-{number % 3}"] for number, item in enumerate(ITEMS)}
    async with (
        faulty.tideline.start("rolling-worker", "worker", "--state-dir", str(tmp_path / "worker")),
        server(faulty, tmp_path, one, nowhere),
        AsyncExitStack() as stopping,
    ):
        await stopping.enter_async_context(server(faulty, tmp_path, other, nowhere))
        await stocked(faulty, TENANT, one, other)
        async with asking(TENANT, one, other) as answers:
            await answers.more()
            assert not answers.latest.degraded
            await release(faulty, towers(ITEMS, tags, TENANT, "v1"), tmp_path / "v1")
            await answers.until(
                "misses the channel of Milvus",
                lambda answer: "vector" in (*answer.failed_channels, *answer.late_channels),
            )
            assert answers.latest.degraded
            await release(faulty, towers(ITEMS, tags, TENANT, "v2", seed=1), tmp_path / "v2")
            await release(faulty, ranking_model("deepfm", TENANT, features=list(FEATURES)), tmp_path / "deepfm")
            await tideline(faulty, "models", "rollback", "retrieval", "--tenant", TENANT)
            await answers.more()
            await stopping.aclose()  # SIGTERM; it raises if the server does not end in good order
            await answers.more()
            answers.check()
