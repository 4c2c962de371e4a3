"""`tideline http`."""

from typing import Annotated

import typer

from serving.binding import check_binding
from serving.credentials import ClientSettings
from serving.errors import InvalidConfigError
from serving.http.settings import HttpSettings
from serving.options import given
from serving.security.settings import AuthSettings, TlsSettings


def http(
    host: Annotated[str | None, typer.Option(help="Address to listen on, 127.0.0.1 by default.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="HTTP port, 8080 by default.")] = None,
    target: Annotated[str | None, typer.Option(help="The gRPC server behind it, 127.0.0.1:8087 by default.")] = None,
) -> None:
    """Answer HTTP with JSON: recommendations, tracking, profiles and items, in front of a running `tideline serve`.

    POST /api/v1/recommendations/v2, /api/v1/events and /api/v1/events/batch; GET and PATCH
    /api/v1/users/{user_id}/profile, GET /api/v1/users/{user_id}/features; POST /api/v1/items and /api/v1/items/batch,
    GET, PATCH and DELETE /api/v1/items/{item_id}, GET /api/v1/items/{item_id}/stats; GET /health; the OpenAPI page is
    /docs. `Authorization: Bearer <key>` is passed on to the server, which decides; TLS is set by TIDELINE_TLS_*, the
    way to the server by TIDELINE_CLIENT_*. SIGTERM and Ctrl-C let requests under way finish.
    """
    import uvicorn  # --help need not wait for it

    from serving.http.app import make_app
    from serving.http.tls import seal

    settings = HttpSettings(**given(host=host, port=port, target=target))
    tls = TlsSettings()
    check_binding(settings.host, AuthSettings(), tls)
    if ":" not in settings.target:
        raise InvalidConfigError("target", f"must be host:port, not {settings.target!r}")
    config = uvicorn.Config(
        make_app(settings.target, settings.timeout_s, ClientSettings(), settings.body_bytes),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        log_level="warning",
        timeout_graceful_shutdown=round(settings.drain_s),
    )
    seal(config, tls)
    uvicorn.Server(config).run()
