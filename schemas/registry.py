"""Client of a schema registry that speaks Confluent's API (Apicurio: /apis/ccompat/v7).

Synchronous on purpose: it is asked at start, by the CLI, and in a thread (`asyncio.to_thread`) when a record names a
schema that is new. Nothing at runtime registers: `register` and `set_level` are for `tideline schemas register`.
"""

from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote

import httpx
import orjson
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from schemas.codec import Schema
from schemas.errors import IncompatibleSchemaError, RegistryUnavailableError
from schemas.settings import RegistrySettings

_MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"


class Registered(NamedTuple):
    """A schema as the registry holds it under one subject."""

    subject: str
    version: int
    schema_id: int
    schema: Schema


class Registry:
    """The registry's API, as far as Tideline needs it. Safe to use from several threads; close it after use.

    Every method raises RegistryUnavailableError where the registry cannot be reached, after `settings.attempts`
    tries, or refuses the request.
    """

    def __init__(self, settings: RegistrySettings, transport: httpx.BaseTransport | None = None) -> None:
        """Make a client; it connects on its first request. `transport` stands in for the network in tests."""
        self._attempts = settings.attempts
        self._client = httpx.Client(
            base_url=str(settings.url),
            auth=_auth(settings),
            headers={"Accept": f"{_MEDIA_TYPE}, application/json", "Content-Type": _MEDIA_TYPE},
            verify=settings.ssl_context(),
            timeout=httpx.Timeout(settings.timeout_s, connect=settings.connect_timeout_s),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def lookup(self, subject: str, schema: Schema) -> int | None:
        """Return the id of exactly this schema under the subject, or None if it is not registered there."""
        found = self._ask("POST", f"subjects/{quote(subject, safe='')}", _document(schema))
        return None if found is None else int(found["id"])

    def schema(self, schema_id: int) -> Schema | None:
        """Return the Avro schema with this id, or None if the registry has none."""
        found = self._ask("GET", f"schemas/ids/{schema_id}")
        return None if found is None else _avro(found)

    def versions(self, subject: str) -> list[int]:
        """Return the subject's versions, oldest first; none for a subject that the registry does not know."""
        return sorted(self._ask("GET", f"subjects/{quote(subject, safe='')}/versions") or [])

    def version(self, subject: str, version: int) -> Registered | None:
        """Return one version of a subject, or None if there is none or it is not Avro."""
        found = self._ask("GET", f"subjects/{quote(subject, safe='')}/versions/{version}")
        schema = None if found is None else _avro(found)
        return None if found is None or schema is None else Registered(subject, version, int(found["id"]), schema)

    def level(self, subject: str) -> str | None:
        """Return the compatibility level set for the subject itself, or None if none is: never the global default."""
        found = self._ask("GET", f"config/{quote(subject, safe='')}")
        return None if found is None else str(found["compatibilityLevel"])

    def set_level(self, subject: str, level: str) -> None:
        """Set the subject's compatibility level, such as FULL_TRANSITIVE."""
        self._ask("PUT", f"config/{quote(subject, safe='')}", {"compatibility": level})

    def is_compatible(self, subject: str, schema: Schema) -> bool:
        """Return whether the registry would accept the schema at the subject's level; true for a new subject."""
        found = self._ask("POST", f"compatibility/subjects/{quote(subject, safe='')}/versions", _document(schema))
        return found is None or bool(found["is_compatible"])

    def register(self, subject: str, schema: Schema) -> int:
        """Return the schema's id after registering it under the subject; the id it has already if it is there.

        Raises IncompatibleSchemaError, with the registry's reason, if the subject's level forbids it.
        """
        found = self._ask("POST", f"subjects/{quote(subject, safe='')}/versions", _document(schema))
        if found is None:
            raise RegistryUnavailableError(f"the schema registry does not let {subject} be registered: 404")
        return int(found["id"])

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON that the registry answers, or None for 404.

        Every request may be repeated: registering a schema twice gives the same id.
        """
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(self._attempts),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )
        try:
            return retrying(self._ask_once, method, path, body)
        except httpx.HTTPStatusError as error:
            raise _refusal(error.response, path) from error
        except httpx.HTTPError as error:
            where = self._client.base_url
            raise RegistryUnavailableError(
                f"the schema registry at {where} cannot be reached ({str(error) or type(error).__name__}); "
                "check TIDELINE_REGISTRY_URL, or start the embedded stack with `tideline up`"
            ) from error

    def _ask_once(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        content = None if body is None else orjson.dumps(body)
        response = self._client.request(method, path, content=content)
        if response.status_code == httpx.codes.NOT_FOUND and "error_code" in response.text:
            return None
        response.raise_for_status()
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            raise RegistryUnavailableError(
                f"{response.url} does not answer as a schema registry does; check TIDELINE_REGISTRY_URL"
            ) from None


def _auth(settings: RegistrySettings) -> httpx.Auth | None:
    if settings.username is not None and settings.password is not None:
        return httpx.BasicAuth(settings.username, settings.password.get_secret_value())
    if settings.token is not None:
        return _Bearer(settings.token.get_secret_value())
    return None


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = self._header
        yield request


def _document(schema: Schema) -> dict[str, Any]:
    return {"schema": orjson.dumps(schema).decode()}


def _avro(found: dict[str, Any]) -> Schema | None:
    """Return the schema in an answer, or None if it is Protobuf, JSON Schema or no record."""
    if found.get("schemaType", "AVRO") != "AVRO":
        return None
    schema = orjson.loads(found["schema"])
    return schema if isinstance(schema, dict) else None


def _may_pass(error: BaseException) -> bool:
    """Tell whether trying again may help: the registry was not reached, or is in trouble of its own."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error
    return isinstance(error, httpx.TransportError)


def _refusal(response: httpx.Response, path: str) -> RegistryUnavailableError | IncompatibleSchemaError:
    if response.status_code in (httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY):
        return IncompatibleSchemaError(f"the schema registry refuses {path}: {response.text[:1000]}")
    hint = "check TIDELINE_REGISTRY_URL"
    if response.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        hint = "check TIDELINE_REGISTRY_USERNAME and _PASSWORD, or _TOKEN"
    return RegistryUnavailableError(f"the schema registry answers {response.status_code} to {response.url}; {hint}")
