"""Every command of the README, run in its order, in an empty folder, as a newcomer would type it."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.ports import free_ports

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def make_commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith("make ")]


@pytest.mark.parametrize("command", make_commands())
def test_a_make_command_has_its_target(command: str) -> None:
    """That they exist is enough here: `make test` runs this very test, and test_demo.py what `make demo` runs."""
    done = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.e2e
def test_the_commands_work_in_their_order(tmp_path: Path) -> None:
    kafka, controller, registry, milvus, server = free_ports(5)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TIDELINE_STACK_KAFKA_PORT": str(kafka),
        "TIDELINE_STACK_CONTROLLER_PORT": str(controller),
        "TIDELINE_STACK_REGISTRY_PORT": str(registry),
        "TIDELINE_STACK_MILVUS_PORT": str(milvus),
        "TIDELINE_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{kafka}",
        "TIDELINE_REGISTRY_URL": f"http://127.0.0.1:{registry}/apis/ccompat/v7",
        "TIDELINE_SERVING_PORT": str(server),
    }
    done = subprocess.run(
        ["bash", "-c", script()],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "A hat" in told, "somebody who knows the tea is recommended what is left"


def script() -> str:
    """The README's shell blocks and its Python, with the waiting that a person does between them."""
    shell = ["\n".join(line for line in block.splitlines() if not line.startswith("make ")) for block in blocks("sh")]
    [python] = blocks("python")
    steps = [block for block in shell if block.strip()]
    asking = next(index for index, block in enumerate(steps) if "tideline recommend" in block)
    wait = "for try in $(seq 120); do tideline recommend acme ada >/dev/null 2>&1 && break; sleep 0.5; done"
    steps[asking:asking] = [f"python - <<'PYTHON'\n{python}PYTHON", wait]
    # Whatever fails, nothing may be left running.
    return "\n".join(["set -e", "trap 'set +e; kill $(jobs -p) 2>/dev/null; wait; tideline down' EXIT", *steps])
