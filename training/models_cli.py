"""`tideline models`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from schemas.loading import load_codecs
from schemas.model_records import ModelRelease
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from schemas.tenancy import check_tenant
from topics.moments import now_ms, show_moment
from topics.producer import LogProducer
from topics.reader import LogReader
from topics.releases import SUBJECTS, Releases
from topics.settings import KafkaSettings
from training.artifact.releasing import METRIC, released, rolled_back, unreleased
from training.artifact.storage import load
from training.artifact.store import ModelSettings, ModelStore
from training.errors import NoReleaseError

app = typer.Typer(
    no_args_is_help=True,
    help="Released models: which answer, which did before, and which is to next; ModelService (gRPC) does the same.",
)

Tenant = Annotated[str, typer.Option(help="Whose models.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of stdout.")]
Name = Annotated[str, typer.Argument(help="Name of the model: that of its channel or ranker.")]
Version = Annotated[str | None, typer.Option("--version", help="Version; by default the one that answers.")]
Metric = Annotated[str, typer.Option(help="What versions are compared by.")]


@app.command("list")
def list_(tenant: Tenant = "demo", json: Json = False) -> None:
    """List the tenant's models: which version of each answers, and how good it was on its validation part."""
    found = _releases().of(check_tenant(tenant))
    left = unreleased(ModelStore(ModelSettings().folder).versions(tenant), found)
    kept = {name: [each.version for each in manifests] for name, manifests in left.items()}
    if json:
        models = {model: [_described(each) for each in own] for model, own in found.items()}
        typer.echo(orjson.dumps({"tenant": tenant, "models": models, "kept": kept}).decode())
        return
    if not found and not kept:
        Console().print(
            f"no model of tenant {tenant} was released; `tideline models release FOLDER` does", markup=False
        )
        return
    grid = Table("model", "answers", "kind", "released", "ndcg@10", "before", "kept")
    for model, (answering, *before) in found.items():
        grid.add_row(
            model,
            answering.version,
            answering.kind,
            show_moment(answering.released_at)[:19],
            _number(answering.metrics.get(METRIC)),
            ", ".join(each.version for each in before),
            ", ".join(kept.pop(model, ())),
        )
    for model, versions in kept.items():
        grid.add_row(model, "", "", "", "", "", ", ".join(versions))
    Console().print(grid)


@app.command()
def show(name: Name, tenant: Tenant = "demo", version: Version = None, json: Json = False) -> None:
    """Show all that is known of a version: by default of the one that answers."""
    release = _version(_of(tenant, name), name, version)
    manifest = ModelStore(ModelSettings().folder).get(release.location, release.digest).manifest
    told = {
        **_described(release),
        "features": len(manifest.features),
        "params": manifest.params,
        "seed": manifest.seed,
    }
    told |= {"libraries": manifest.libraries, "tensors": {key: each.shape for key, each in manifest.tensors.items()}}
    if json:
        typer.echo(orjson.dumps(told).decode())
        return
    grid = Table("what", "value", title=f"{name} {release.version}", show_lines=True)
    for key, value in told.items():
        grid.add_row(key, "\n".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else str(value))
    Console().print(grid)


@app.command()
def release(
    folder: Annotated[Path, typer.Argument(help="Folder of a model, or of a finished run.", exists=True)],
    metric: Metric = METRIC,
    force: Annotated[bool, typer.Option("--force", help="Even if it is worse than the one that answers.")] = False,
    json: Json = False,
) -> None:
    """Release a model: it is copied into the store, and servers answer with it as soon as they have checked it."""
    model = load(_artifact(folder))
    log = _releases()
    before = log.of(model.manifest.tenant).get(model.manifest.name, [])
    store = ModelStore(ModelSettings().folder)
    made = released(model, store, before, now_ms(), metric=metric, force=force)
    _publish(log, made, json=json, what="released")


@app.command()
def keep(
    folder: Annotated[Path, typer.Argument(help="Folder of a model, or of a finished run.", exists=True)],
    json: Json = False,
) -> None:
    """Copy a model into the store, where it answers nothing until it is released (ModelService does that, too)."""
    location, manifest = ModelStore(ModelSettings().folder).put(load(_artifact(folder)))
    told = {"model": manifest.name, "version": manifest.version, "kind": manifest.kind, "location": location}
    told |= {f"metrics.{name}": f"{value:.6g}" for name, value in manifest.metrics.items()}
    if json:
        typer.echo(orjson.dumps(told).decode())
    else:
        Console().print(f"kept {manifest.name} {manifest.version} of tenant {manifest.tenant}", highlight=False)


@app.command()
def rollback(
    name: Name,
    tenant: Tenant = "demo",
    to: Annotated[str | None, typer.Option(help="Version; by default the one before.")] = None,
    json: Json = False,
) -> None:
    """Let an earlier version answer again: the one before, or the one named."""
    log = _releases()
    made = rolled_back(_of(tenant, name, log), name, now_ms(), to)
    _publish(log, made, json=json, what="rolled back to")


@app.command()
def compare(
    name: Name,
    one: Annotated[str, typer.Argument(help="A version.")],
    other: Annotated[str, typer.Argument(help="Another version.")],
    tenant: Tenant = "demo",
    json: Json = False,
) -> None:
    """Compare the metrics of two versions, each of its own validation part."""
    before = _of(tenant, name)
    first, second = (_version(before, name, version) for version in (one, other))
    metrics = sorted({*first.metrics, *second.metrics})
    if json:
        told = {metric: [first.metrics.get(metric), second.metrics.get(metric)] for metric in metrics}
        typer.echo(orjson.dumps({"model": name, "versions": [one, other], "metrics": told}).decode())
        return
    grid = Table("metric", one, other, "difference")
    for metric in metrics:
        then, now = first.metrics.get(metric), second.metrics.get(metric)
        grid.add_row(metric, _number(then), _number(now), _number(None if then is None or now is None else now - then))
    Console().print(grid)


def _of(tenant: str, name: str, log: Releases | None = None) -> Sequence[ModelRelease]:
    found = (log or _releases()).of(check_tenant(tenant))
    if name not in found:
        known = ", ".join(found) or "none"
        raise NoReleaseError(f"no model {name} of tenant {tenant} was released; there are: {known}")
    return found[name]


def _version(before: Sequence[ModelRelease], name: str, version: str | None) -> ModelRelease:
    for release in before:
        if version in (None, release.version):
            return release
    raise NoReleaseError(f"model {name} has no version {version}; there are {', '.join(r.version for r in before)}")


def _artifact(folder: Path) -> Path:
    """Return the folder of the model; that of a run that did not finish holds none."""
    if (folder / "run.json").exists():
        if not (folder / "metrics.json").exists():
            raise NoReleaseError(f"{folder}: its run did not finish; `tideline train --resume` goes on with it")
        return folder / "model"
    return folder


def _publish(log: Releases, release: ModelRelease, *, json: bool, what: str) -> None:
    with LogProducer(KafkaSettings()) as producer:
        log.publish(producer, release)
    if json:
        typer.echo(orjson.dumps(_described(release)).decode())
    else:
        Console().print(f"{what} {release.model} {release.version} of tenant {release.tenant_id}", highlight=False)


def _releases() -> Releases:
    return Releases(LogReader(KafkaSettings()), load_codecs(Registry(RegistrySettings()), SUBJECTS))


def _described(release: ModelRelease) -> dict[str, Any]:
    return {name: getattr(release, name) for name in release.__struct_fields__}


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
