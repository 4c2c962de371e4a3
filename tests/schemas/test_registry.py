"""The registry's client: what it sends, what it makes of answers, and how long it keeps trying."""

import base64
from collections.abc import Callable

import httpx
import pytest
from pydantic import ValidationError

from schemas.catalog import avro_schema
from schemas.errors import IncompatibleSchemaError, RegistryUnavailableError
from schemas.registry import Registry
from schemas.settings import RegistrySettings
from tests.schemas.fake_registry import FakeRegistry

SUBJECT = "item.change.v1-value"
SCHEMA = avro_schema("item_change")

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **settings: object) -> Registry:
    return Registry(RegistrySettings(**settings), transport=httpx.MockTransport(answer))  # type: ignore[arg-type]


class Answers:
    """Answers one request after another with the given responses or errors, and keeps what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.left = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_a_schema_is_found_once_it_is_registered() -> None:
    with FakeRegistry().client() as registry:
        assert registry.lookup(SUBJECT, SCHEMA) is None
        schema_id = registry.register(SUBJECT, SCHEMA)
        assert registry.lookup(SUBJECT, SCHEMA) == schema_id == registry.register(SUBJECT, SCHEMA)
        assert registry.schema(schema_id) == SCHEMA
        assert registry.versions(SUBJECT) == [1]
        found = registry.version(SUBJECT, 1)
        assert found is not None
        assert found.schema == SCHEMA


def test_what_is_not_there_is_none() -> None:
    with FakeRegistry().client() as registry:
        assert registry.schema(99) is None
        assert registry.versions(SUBJECT) == []
        assert registry.level(SUBJECT) is None


def test_a_level_that_is_set_is_read_back() -> None:
    with FakeRegistry().client() as registry:
        registry.set_level(SUBJECT, "FULL_TRANSITIVE")
        assert registry.level(SUBJECT) == "FULL_TRANSITIVE"


def test_a_subject_is_one_part_of_the_address() -> None:
    answers = Answers(httpx.Response(200, json=[1]))
    client(answers).versions("a/b?c#d")
    assert answers.asked[0].url.raw_path == b"/apis/ccompat/v7/subjects/a%2Fb%3Fc%23d/versions"


@pytest.mark.parametrize(
    "trouble", [httpx.Response(503), httpx.Response(500), httpx.ConnectError("refused"), httpx.ReadTimeout("slow")]
)
def test_trouble_that_passes_is_waited_for(trouble: httpx.Response | Exception) -> None:
    answers = Answers(trouble, httpx.Response(200, json=[2, 1]))
    assert client(answers, attempts=2).versions(SUBJECT) == [1, 2]


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (httpx.ConnectError("refused"), "cannot be reached .refused.*TIDELINE_REGISTRY_URL.*tideline up"),
        (httpx.ReadTimeout(""), "cannot be reached .ReadTimeout"),
        (httpx.Response(503), "answers 503"),
    ],
)
def test_trouble_that_stays_is_an_error_after_so_many_attempts(trouble: httpx.Response | Exception, why: str) -> None:
    answers = Answers(*[trouble] * 3)
    with pytest.raises(RegistryUnavailableError, match=why):
        client(answers, attempts=3).versions(SUBJECT)
    assert len(answers.asked) == 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(401), "answers 401.*TIDELINE_REGISTRY_USERNAME and _PASSWORD, or _TOKEN"),
        (httpx.Response(403), "answers 403.*_TOKEN"),
        (httpx.Response(404, text="<html>no such page"), "answers 404.*TIDELINE_REGISTRY_URL"),
        (httpx.Response(200, text="<html>welcome"), "does not answer as a schema registry does"),
    ],
)
def test_a_refusal_is_final_and_says_what_to_check(answer: httpx.Response, why: str) -> None:
    answers = Answers(answer)
    with pytest.raises(RegistryUnavailableError, match=why):
        client(answers, attempts=5).versions(SUBJECT)


@pytest.mark.parametrize("status", [409, 422])
def test_an_incompatible_schema_gives_the_registrys_reason(status: int) -> None:
    answers = Answers(httpx.Response(status, json={"error_code": status, "message": "new at /fields/12"}))
    with pytest.raises(IncompatibleSchemaError, match=f"(?s){SUBJECT}.*new at /fields/12"):
        client(answers).register(SUBJECT, SCHEMA)


def test_a_schema_of_another_kind_is_none() -> None:
    protobuf = {"schemaType": "PROTOBUF", "schema": "message A {}", "id": 1}
    assert client(Answers(httpx.Response(200, json=protobuf))).schema(1) is None
    assert client(Answers(httpx.Response(200, json=protobuf))).version(SUBJECT, 1) is None
    assert client(Answers(httpx.Response(200, json={"schema": '"string"'}))).schema(1) is None


def test_credentials_are_sent_and_not_shown() -> None:
    answers = Answers(httpx.Response(200, json=[]), httpx.Response(200, json=[]), httpx.Response(200, json=[]))
    basic = RegistrySettings(username="ann", password="secret")
    Registry(basic, transport=httpx.MockTransport(answers)).versions(SUBJECT)
    client(answers, token="secret").versions(SUBJECT)
    client(answers).versions(SUBJECT)
    sent = [request.headers.get("Authorization") for request in answers.asked]
    assert sent == ["Basic " + base64.b64encode(b"ann:secret").decode(), "Bearer secret", None]
    assert "secret" not in repr(basic)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"username": "ann"}, "need each other"),
        ({"password": "secret"}, "need each other"),
        ({"username": "ann", "password": "a", "token": "b"}, "not both"),
        ({"tls_certificate": "a.pem"}, "need each other"),
        ({"url": "registry:8080"}, "url"),
        ({"attempts": 0}, "attempts"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        RegistrySettings(**settings)  # type: ignore[arg-type]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDELINE_REGISTRY_URL", "https://registry.example/api")
    monkeypatch.setenv("TIDELINE_REGISTRY_TOKEN", "secret")
    settings = RegistrySettings()
    assert str(settings.url) == "https://registry.example/api"
    assert settings.token is not None
    assert settings.token.get_secret_value() == "secret"
