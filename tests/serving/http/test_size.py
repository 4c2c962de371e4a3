"""A body that is too large is refused by what comes, whatever its header says; one within the limit arrives whole."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from serving.http.size import SizeLimit

MOST = 1000


def app() -> FastAPI:
    made = FastAPI()
    made.add_middleware(SizeLimit, most_bytes=MOST, refuse=lambda most: PlainTextResponse(f"> {most}", 413))

    @made.post("/")
    async def echo(request: Request) -> int:
        return len(await request.body())

    return made


async def pieces(sizes: list[int]) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


async def posted(content: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app())
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        return await client.post("/", content=content, headers=headers)


@pytest.mark.parametrize("sizes", [[], [0], [MOST], [1, MOST - 1], [400, 400, 200]])
async def test_what_fits_arrives_whole(sizes: list[int]) -> None:
    answer = await posted(pieces(sizes))
    assert (answer.status_code, answer.json()) == (200, sum(sizes))


@pytest.mark.parametrize("sizes", [[MOST + 1], [MOST, 1], [600, 600], [1] * (MOST + 1)])
async def test_what_does_not_fit_is_refused(sizes: list[int]) -> None:
    answer = await posted(pieces(sizes))
    assert (answer.status_code, answer.text) == (413, f"> {MOST}")


async def test_a_false_length_helps_nobody() -> None:
    assert (await posted(b"x" * (MOST + 1), **{"content-length": "1"})).status_code == 413
