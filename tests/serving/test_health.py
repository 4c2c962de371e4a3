"""HealthCheck: every service has it, it needs no tenant, and it says the same as the standard health."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from google.protobuf.descriptor_pool import Default

from serving.api.recommender_common.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from serving.health import Vitals
from serving.roster import SERVICES, Service
from tests.serving.fakes import FixedWorld, catalogue_of
from tests.serving.serving import Served, served

REQUEST, RESPONSE = HealthCheckRequest.DESCRIPTOR.full_name, HealthCheckResponse.DESCRIPTOR.full_name
RUN_BY_TESTS = ("recall", "ranking", "reranking", "user", "behavior", "recommend")


def world(ready: bool = True) -> FixedWorld:
    return FixedWorld(catalogue_of([True]), ready=ready)


async def asked(running: Served, service: Service) -> HealthCheckResponse:
    call = running.channel.unary_unary(
        f"/{service.full_name}/HealthCheck",
        request_serializer=HealthCheckRequest.SerializeToString,
        response_deserializer=HealthCheckResponse.FromString,
    )
    answer: HealthCheckResponse = await call(HealthCheckRequest())
    return answer


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_the_contract_of_every_service_has_it(service: Service) -> None:
    method = Default().FindServiceByName(service.full_name).FindMethodByName("HealthCheck")
    assert (method.input_type.full_name, method.output_type.full_name) == (REQUEST, RESPONSE)


@pytest.mark.parametrize("name", RUN_BY_TESTS)
async def test_it_says_what_serves_which_version_and_from_which_state(name: str) -> None:
    service = SERVICES[name]
    async with served(world()) as running:
        answer = await asked(running, service)
    assert answer.status == HealthCheckResponse.STATUS_SERVING
    assert answer.service == service.full_name
    assert answer.version == version("tideline")
    assert answer.HasField("staleness_ms") == service.reads_views
    assert {table.topic: dict(table.offsets) for table in answer.positions} == (
        {"item.table.v1": {0: 17, 1: 4}, "user_activity.table.v1": {0: 3}} if service.reads_views else {}
    )


@pytest.mark.parametrize("name", RUN_BY_TESTS)
async def test_what_reads_views_does_not_serve_before_they_are_read(name: str) -> None:
    service = SERVICES[name]
    async with served(world(ready=False)) as running:
        answer = await asked(running, service)
    assert (answer.status == HealthCheckResponse.STATUS_NOT_SERVING) == service.reads_views
    assert not answer.HasField("staleness_ms")
    assert not answer.positions


@pytest.mark.parametrize("name", RUN_BY_TESTS)
def test_nothing_serves_once_the_process_is_to_end(name: str) -> None:
    vitals = Vitals(world())
    vitals.end()
    assert vitals.of(SERVICES[name]).status == HealthCheckResponse.STATUS_NOT_SERVING
