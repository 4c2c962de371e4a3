"""`tideline serve` and `tideline recommend`."""

import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from threadpoolctl import threadpool_limits

from schemas.settings import RegistrySettings
from serving.api.recommender.v1.recommendation_pb2 import RecommendedItem, RecommendRequest, RecommendResponse
from serving.binding import check_binding
from serving.client import recommend as ask
from serving.credentials import ClientSettings
from serving.discovery.settings import DiscoverySettings
from serving.options import Host, Port, address_of, given, print_json
from serving.recall.settings import RecallSettings
from serving.roster import SERVICES
from serving.security.guard import SecuritySettings
from serving.settings import ServingSettings
from serving.views.settings import ViewsSettings
from topics.settings import KafkaSettings
from topics.vector_store import MilvusSettings
from training.artifact.store import ModelSettings


def serve(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Services to run: {', '.join(SERVICES)}. All by default.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on, 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="gRPC port, 8087 for all; 0: free.")] = None,
    metrics_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port of /metrics on loopback; 0, the default: none.")
    ] = None,
    state_dir: Annotated[Path | None, typer.Option(help="Where views keep rows between starts.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of tenants and scenarios.")] = None,
) -> None:
    """Answer gRPC: recommend from the tables, and take down what users do.

    All services listen on one port. Named ones listen each on their own (recall 8081, ranking 8082, ...), unless
    --port is given, and keep views in a folder of their own; `recommend` asks other processes for recall, ranking and
    reranking where these are not named beside it, and finds them as TIDELINE_DISCOVERY_* says.

    Everything else is set by TIDELINE_SERVING_*, TIDELINE_VIEWS_*, TIDELINE_RECALL_*, TIDELINE_MODELS_*,
    TIDELINE_MILVUS_*, TIDELINE_KAFKA_*, TIDELINE_REGISTRY_*; who may call, how much and
    over what by TIDELINE_AUTH_*, TIDELINE_LIMITS_* and TIDELINE_TLS_*. Health says SERVING when the tables have been
    read. SIGTERM and Ctrl-C let calls finish.
    """
    # Imported when a server is to start: all of serving takes three seconds, compiled loops and all; `recommend` needs
    # none of it.
    from serving.app import serve as serve_until_stopped
    from serving.config_file import ServingConfig
    from serving.roles import Roles

    settings = ServingSettings(**given(host=host, port=port, metrics_port=metrics_port, config=config))
    roles = Roles.of(names or [], port, DiscoverySettings(), os.environ)
    views = ViewsSettings(**given(state_dir=state_dir))
    views = views.model_copy(update={"state_dir": roles.folder(views.state_dir)})
    tenants = ServingConfig.load(settings.config)
    security = SecuritySettings.load(settings.config)
    check_binding(settings.host, security.auth, security.tls)
    others = (RecallSettings(), KafkaSettings(), RegistrySettings(), ModelSettings(), MilvusSettings(), security)
    # A request is many small products: threads of BLAS would spin against each other, and against other requests.
    with threadpool_limits(1):
        uvloop.run(serve_until_stopped(roles, tenants, settings, views, *others))


def recommend(
    tenant: Annotated[str, typer.Argument(help="Whose catalogue.")],
    user: Annotated[str, typer.Argument(help="For whom.")],
    scenario: Annotated[str, typer.Option(help="Where in the product the list is shown.")] = "default",
    count: Annotated[int, typer.Option("--count", "-n", help="Length of the list, 1 to 500.")] = 10,
    include_seen: Annotated[bool, typer.Option(help="Show what the user acted on, too.")] = False,
    host: Host = None,
    port: Port = None,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds to wait for the answer.")] = 5.0,
    key: Annotated[
        SecretStr | None,
        typer.Option(
            parser=SecretStr, metavar="KEY", show_default=False, help="A key of the tenant; better in TIDELINE_KEY."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as one JSON object instead.")] = False,
) -> None:
    """Ask a running server for recommendations, and show them with the channels that they came from."""
    request = RecommendRequest(tenant_id=tenant, user_id=user, scenario_id=scenario, count=count)
    if include_seen:
        request.exclude_seen = False
    client = ClientSettings(**given(key=key))
    answer = ask(address_of(host, port), request, timeout, client)
    if json:
        print_json(answer)
    else:
        _show(answer, user, Console())


def _show(answer: RecommendResponse, user: str, console: Console) -> None:
    table = Table(title=f"For {escape(user)}")
    table.add_column("#", justify="right")
    table.add_column("Item")
    table.add_column("Channels")
    table.add_column("Score", justify="right")
    table.add_column("Why")
    for item in answer.items:
        channels = ", ".join(channel.channel for channel in item.channels)
        table.add_row(str(item.position + 1), _name(item), channels, f"{item.score:.4f}", escape(item.reason))
    console.print(table)
    console.print(escape("; ".join(_notes(answer))), style="dim", soft_wrap=True)


def _name(item: RecommendedItem) -> str:
    return f"{escape(item.title)} [dim]{escape(item.item_id)}[/dim]" if item.title else escape(item.item_id)


def _notes(answer: RecommendResponse) -> list[str]:
    notes = [f"state at most {answer.staleness_ms} ms old", f"request {answer.request_id}"]
    notes += ["from a list made ahead"] if answer.source else []
    notes += ["filled up with what is popular"] if answer.filled_from_hot else []
    notes += [f"failed: {', '.join(answer.failed_channels)}"] if answer.failed_channels else []
    notes += [f"late: {', '.join(answer.late_channels)}"] if answer.late_channels else []
    notes += [f"passed over: {', '.join(answer.failed_stages)}"] if answer.failed_stages else []
    return notes
